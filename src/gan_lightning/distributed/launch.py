"""A function run on several devices at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from lightning.fabric import Fabric
from lightning.fabric.strategies.ddp import DDPStrategy

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.distributed.hardware import check_device
from gan_lightning.distributed.process_watch import WatchingLauncher

T = TypeVar("T")


class _Launcher(WatchingLauncher):
    consequence = "nothing was written; type the command again"


class _ProcessStrategy(DDPStrategy):
    """Fabric's DDP strategy with the launcher of training."""

    def _configure_launcher(self) -> None:
        assert self.cluster_environment is not None
        self._launcher = _Launcher(self.cluster_environment, self.num_processes, self.num_nodes)


def run_on_devices(function: Callable[[torch.device | str], T], device: str, devices: int) -> T:
    """Runs this command in one process per device, connected by torch.distributed.

    Args:
        function: called in each process with its device.
        device: cpu, cuda, ...; for one device also with an index, such as cuda:1.
        devices: number of devices.

    Returns:
        The result of this process.

    Raises:
        UsageError: there are fewer devices, or another process died.
    """
    check_device(device, devices)
    if devices == 1:
        return function(device)
    try:
        fabric = Fabric(accelerator=device.partition(":")[0], devices=devices, strategy=_ProcessStrategy())
    except (ValueError, RuntimeError) as error:
        raise UsageError(f"device={device} devices={devices} can't be used here: {first_line(error)}") from error
    result: T = fabric.launch(lambda fabric: function(fabric.device))
    return result
