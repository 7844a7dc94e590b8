"""Images of 16 bits, as the floats that networks take."""

from __future__ import annotations

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
            return from_uint16(torch.from_numpy(self.stored.numpy()[index.numpy()]))
        return from_uint16(self.stored[index])
