"""One function on several devices at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from lightning.fabric import Fabric
from lightning.fabric.strategies import DDPStrategy

from gan_lightning.runtime.ranks import Ranks

T = TypeVar("T")


class _Processes(DDPStrategy):
    """Started and watched as those of a training are."""

    def _configure_launcher(self) -> None:
        assert self.cluster_environment is not None
        self._launcher = Ranks(self.cluster_environment, self.num_processes, self.num_nodes)


def together(function: Callable[[torch.device], T], device: str, number: int) -> T:
    """Runs this command in as many processes as there are devices, connected by torch.distributed.

    Args:
        function: called in each process with the process's device.
        device: cpu, cuda, ...; with one device also which, such as cuda:1.
        number: of devices.

    Raises:
        Refusal: another process died.
    """
    if number == 1:
        return function(torch.device(device))
    fabric = Fabric(accelerator=device.partition(":")[0], devices=number, strategy=_Processes())
    result: T = fabric.launch(lambda fabric: function(fabric.device))
    return result
