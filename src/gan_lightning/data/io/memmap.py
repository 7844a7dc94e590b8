"""Rows that stay on disk until they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

WORKERS = 2  # that read ahead, where the user leaves the number open

Array = npt.NDArray[Any]


def identity(array: Array) -> Array:
    """The array itself."""
    return array


class MemmapRows:
    """Some rows of an .npy file, read where and when they are indexed.

    Only the path travels to worker processes, which map the file themselves.

    Args:
        path: of the file.
        index: which rows, in which order, int64 [N].
        view: how the file's array is looked at before indexing: a module-level function that copies nothing.
    """

    def __init__(self, path: Path, index: Tensor, view: Callable[[Array], Array] = identity) -> None:
        self.path, self.index, self.view = path, index, view
        self._array: Array | None = None

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, index: Tensor) -> Tensor:
        """The rows `index` [B], copied into memory."""
        if self._array is None:
            self._array = self.view(np.load(self.path, mmap_mode="r"))
        return torch.from_numpy(np.ascontiguousarray(self._array[self.index[index].numpy()]))

    def loaded(self) -> Tensor:
        """All the rows in memory."""
        return self[torch.arange(len(self))]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_array": None}
