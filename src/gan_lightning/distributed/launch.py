"""One function on several devices at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from lightning.fabric import Fabric
from lightning.fabric.strategies.ddp import DDPStrategy

from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.process_watch import WatchingLauncher

T = TypeVar("T")


class _Launcher(WatchingLauncher):
    ending = "nothing was written; type the command again"


class _ProcessStrategy(DDPStrategy):
    """Started and watched as those of a training are."""

    def _configure_launcher(self) -> None:
        assert self.cluster_environment is not None
        self._launcher = _Launcher(self.cluster_environment, self.num_processes, self.num_nodes)


def run_on_devices(function: Callable[[torch.device | str], T], device: str, number: int) -> T:
    """Runs this command in as many processes as there are devices, connected by torch.distributed.

    Args:
        function: called in each process with the process's device.
        device: cpu, cuda, ...; with one device also which, such as cuda:1.
        number: of devices.

    Raises:
        UsageError: there are not so many, or another process died.
    """
    if number == 1:
        return function(device)
    try:
        fabric = Fabric(accelerator=device.partition(":")[0], devices=number, strategy=_ProcessStrategy())
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"device={device} devices={number} can't be used here: {reason}") from error
    result: T = fabric.launch(lambda fabric: function(fabric.device))
    return result
