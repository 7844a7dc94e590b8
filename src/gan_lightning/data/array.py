"""Images or points in an .npy or .npz file."""

from __future__ import annotations

import math

import numpy as np

from gan_lightning.core.validation import Count, Index, checked
from gan_lightning.data.base import AdversarialData
from gan_lightning.data.io.array_layout import arranged, sample_shape
from gan_lightning.data.io.array_samples import flippable, rows
from gan_lightning.data.io.memmap import WORKERS, Mapped
from gan_lightning.data.io.npy import array_in, header, is_npz, located
from gan_lightning.data.shape import Shape, agreed
from gan_lightning.data.split import Share, split
from gan_lightning.data.stream import Table


class Array(AdversarialData):
    """The samples in a file; `rows` says which layouts and types are read. For arrays in memory: `TensorData`.

    Args:
        path: of the .npy or .npz file.
        key: which array of an .npz file; null: its only one.
        held_out: share of the samples held out, chosen alike in every run.
        flip: mirror training images left-right with probability ½.
        in_memory_mb: uint8 images in a larger .npy file are read as they are needed; all else is kept in memory.
        shape: stated for other parts of a config; what the file's header says.
        batch_size: global batch of one critic turn.
        workers: processes that prepare rounds ahead; null: none for samples in memory, 2 for images on disk.
    """

    @checked
    def __init__(
        self,
        *,
        path: str | None = None,
        key: str | None = None,
        held_out: Share = 0.1,
        flip: bool = False,
        in_memory_mb: Count = 2048,
        shape: Shape | None = None,
        batch_size: Count = 64,
        workers: Index | None = None,
    ) -> None:
        super().__init__(batch_size=batch_size, workers=workers or 0)
        self.path, self.key, self.in_memory_mb = located(path), key, in_memory_mb
        self._stored, self._dtype = header(self.path, key)
        self._shape = agreed(
            shape, sample_shape(self._stored, str(self.path)), "leave data.shape alone, it follows the file"
        )
        self.flip = flippable(flip, self._shape)
        self._share, self._choose_workers = held_out, workers is None

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of one image, or (2,)."""
        return self._shape

    def load(self) -> tuple[Table, Table]:
        """See `AdversarialData.load`."""
        train, held_out = split(self._stored[0], self._share, str(self.path))
        large = math.prod(self._stored) > self.in_memory_mb * 2**20
        if large and self._dtype == np.uint8 and not is_npz(self.path):
            self.workers = WORKERS if self._choose_workers else self.workers
            return (
                Table(Mapped(self.path, train, arranged), flip=self.flip),
                Table(Mapped(self.path, held_out, arranged)),
            )
        samples = rows(array_in(self.path, self.key), str(self.path))
        return Table(samples[train], flip=self.flip), Table(samples[held_out])
