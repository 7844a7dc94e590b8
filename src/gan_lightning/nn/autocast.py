"""Networks under a fixed autocast setting."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Network = Callable[[Tensor], Tensor]


def with_autocast(network: Network, device: torch.device) -> Network:
    """The network with the present autocast setting, wherever it is called; it returns single precision.

    Returns the network itself if autocast is off.
    """
    if not torch.is_autocast_enabled(device.type):
        return network
    dtype = torch.get_autocast_dtype(device.type)

    def casting(x: Tensor) -> Tensor:
        # A cache of weights would outlive their graph.
        with torch.autocast(device.type, dtype, cache_enabled=False):
            return network(x).float()

    return casting
