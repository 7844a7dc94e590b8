"""Networks in the run's precision."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Network = Callable[[Tensor], Tensor]


def with_autocast(network: Network, device: torch.device) -> Network:
    """The network with autocast as it is now, wherever it is called from; it returns single precision.

    Where autocast is off now, it is the network itself.
    """
    if not torch.is_autocast_enabled(device.type):
        return network
    dtype = torch.get_autocast_dtype(device.type)

    def casting(x: Tensor) -> Tensor:
        # A cache of weights would outlive their graph.
        with torch.autocast(device.type, dtype, cache_enabled=False):
            return network(x).float()

    return casting
