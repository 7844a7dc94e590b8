"""Images of 16 bits, as the floats that networks take."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from gan_lightning.data.pixels import from_uint16
from gan_lightning.data.sample_source import RowIndexable


class DeepRows:
    """Images stored as uint16, which become floats in [-1, 1] on access.

    Args:
        stored: N images: a tensor of uint16, or an object that reads them.
    """

    def __init__(self, stored: RowIndexable) -> None:
        self.stored = stored

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, index: Tensor) -> Tensor:
        """The rows `index` [B], float32."""
        if isinstance(self.stored, Tensor):  # torch picks no uint16
            return from_uint16(self.stored.view(torch.int16)[index].view(torch.uint16))
        return from_uint16(self.stored[index])

    @property
    def nbytes(self) -> int:
        """Bytes of the images as stored."""
        return int(cast(Any, self.stored).nbytes)

    def to(self, device: torch.device) -> DeepRows:
        """The same rows in a device's memory."""
        return DeepRows(cast(Any, self.stored).to(device))
