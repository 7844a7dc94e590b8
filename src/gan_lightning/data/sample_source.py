"""Sources of real data: the batches that training takes from them, and a finite table of samples."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from gan_lightning.core.rng import new_rng


class SampleSource(Protocol):
    """A source of real data."""

    def batch(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor:
        """Rows `shard::num_shards` of global batch number `index`, of `size` samples, in a run with this seed.

        `samples_seen` is the number of samples of all batches before, where sizes vary; None: `index * size`.
        """
        ...

    def classes_of(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor | None:
        """The classes of these rows, int64; None for unlabelled data."""
        ...


class RowIndexable(Protocol):
    """Samples by their row numbers: a tensor in memory, or an object that reads or makes them on access."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Tensor, /) -> Tensor: ...


class SampleTable:
    """A finite set of samples, in a fresh order each epoch; a batch may straddle two epochs.

    Args:
        rows: N samples of one shape, uint8 images or float points.
        flip: mirror each image left-right with probability ½.
        labels: their classes, int64 [N]; None for unlabelled data.
    """

    def __init__(self, rows: RowIndexable, flip: bool = False, labels: Tensor | None = None) -> None:
        self.rows, self.flip, self.labels = rows, flip, labels
        self._orders: dict[tuple[int, int], Tensor] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def _order(self, seed: int, epoch: int) -> Tensor:
        key = (seed, epoch)
        if key not in self._orders:
            self._orders = {k: v for k, v in self._orders.items() if k == (seed, epoch - 1)}  # keep two at the most
            self._orders[key] = torch.randperm(len(self), generator=new_rng(seed, "epoch", epoch))
        return self._orders[key]

    def indices(self, seed: int, start: int, size: int) -> Tensor:
        """Row numbers of a global batch after `start` samples, int64 [size]."""
        n = len(self)
        epochs = range(start // n, (start + size - 1) // n + 1)
        orders = torch.cat([self._order(seed, epoch) for epoch in epochs])
        return orders[start - epochs[0] * n :][:size]

    def batch(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor:
        """See `SampleSource.batch`."""
        which = self._rows_of_batch(seed, index, size, samples_seen)[shard::num_shards]
        # Torch picks bytes by `rows[which]` one by one, ten times slower.
        rows = self.rows.index_select(0, which) if isinstance(self.rows, Tensor) else self.rows[which]
        if self.flip:
            mirrored = (torch.rand(size, generator=new_rng(seed, "flip", index))[shard::num_shards] < 0.5).numpy()
            images = rows.numpy()  # the same memory; torch takes three times as long to reverse bytes
            images[mirrored] = images[mirrored][..., ::-1]
        return rows

    def classes_of(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor | None:
        """See `SampleSource.classes_of`."""
        if self.labels is None:
            return None
        return self.labels[self._rows_of_batch(seed, index, size, samples_seen)[shard::num_shards]]

    def _rows_of_batch(self, seed: int, index: int, size: int, samples_seen: int | None) -> Tensor:
        return self.indices(seed, index * size if samples_seen is None else samples_seen, size)
