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

    def labels_of(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor | None:
        """The labels of these rows, see `SampleTable`; None for unlabelled data."""
        ...


class RowIndexable(Protocol):
    """Samples by their row numbers: a tensor in memory, or an object that reads or makes them on access."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Tensor, /) -> Tensor: ...


class SampleTable:
    """A finite set of samples, in a fresh order each epoch; a batch may straddle two epochs.

    Args:
        rows: N samples of one shape, uint8 images or float points.
        flip: mirror each image left-right with probability ½, with its label where that is an image.
        labels: one for each: classes, int64 [N]; numbers, floats [N, k]; or images [N, channels, height, width]. None
            for unlabelled data.
    """

    def __init__(self, rows: RowIndexable, flip: bool = False, labels: RowIndexable | None = None) -> None:
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
        rows = _pick(self.rows, self._rows_of_batch(seed, index, size, samples_seen)[shard::num_shards])
        if self.flip:
            self._mirror(rows, seed, index, size, slice(shard, None, num_shards))
        return rows

    def labels_of(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor | None:
        """See `SampleSource.labels_of`."""
        if self.labels is None:
            return None
        labels = _pick(self.labels, self._rows_of_batch(seed, index, size, samples_seen)[shard::num_shards])
        if self.flip and labels.dim() == 4:
            self._mirror(labels, seed, index, size, slice(shard, None, num_shards))
        return labels

    def _mirror(self, rows: Tensor, seed: int, index: int, size: int, share: slice) -> None:
        mirrored = (torch.rand(size, generator=new_rng(seed, "flip", index))[share] < 0.5).numpy()
        images = rows.numpy()  # the same memory; torch takes three times as long to reverse bytes
        images[mirrored] = images[mirrored][..., ::-1]

    def _rows_of_batch(self, seed: int, index: int, size: int, samples_seen: int | None) -> Tensor:
        return self.indices(seed, index * size if samples_seen is None else samples_seen, size)


def _pick(rows: RowIndexable, which: Tensor) -> Tensor:
    # Torch picks bytes by `rows[which]` one by one, ten times slower.
    return rows.index_select(0, which) if isinstance(rows, Tensor) else rows[which]
