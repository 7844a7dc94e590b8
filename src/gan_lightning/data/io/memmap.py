"""Rows of a memory-mapped .npy file."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

CHUNK = 256  # rows that are read at a time
WORKERS = 2  # processes that read ahead, where num_workers is null

Array = npt.NDArray[Any]


def identity(array: Array) -> Array:
    """The array itself."""
    return array


class MemmapRows:
    """Some rows of an .npy file, read on access.

    Worker processes get the path only, and map the file themselves.

    Args:
        path: of the file.
        index: row numbers, int64 [N].
        view: view of the file's array that is indexed: a picklable function that copies nothing.
    """

    def __init__(self, path: Path, index: Tensor, view: Callable[[Array], Array] = identity) -> None:
        self.path, self.index, self.view = path, index, view
        self._array: Array | None = None

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, index: Tensor) -> Tensor:
        """The rows `index` [B], copied into memory."""
        return torch.from_numpy(np.ascontiguousarray(self._mapped()[self.index[index].numpy()]))

    def loaded(self) -> Tensor:
        """All the rows in memory."""
        return self[torch.arange(len(self))]

    @property
    def nbytes(self) -> int:
        """Bytes of the rows."""
        array = self._mapped()
        return len(self) * math.prod(array.shape[1:]) * array.itemsize

    def to(self, device: torch.device) -> Tensor:
        """All the rows in a device's memory, read part by part."""
        first = self[torch.arange(min(1, len(self)))]
        rows = torch.empty((len(self), *first.shape[1:]), dtype=first.dtype, device=device)
        for part in torch.split(torch.arange(len(self)), CHUNK):
            rows[int(part[0]) : int(part[-1]) + 1] = self[part].to(device)
        return rows

    def _mapped(self) -> Array:
        if self._array is None:
            self._array = self.view(np.load(self.path, mmap_mode="r"))
        return self._array

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_array": None}
