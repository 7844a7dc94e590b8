"""Sources of real data: the batches that training takes from them, and a finite table of samples."""

from __future__ import annotations

from typing import Any, Protocol, cast

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
    """Samples by their row numbers: a tensor in memory, or an object that reads or makes them on access.

    Those that a GPU's memory can hold have `nbytes` and `to(device)`, as a tensor has.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: Tensor, /) -> Tensor: ...


class SampleTable:
    """A finite set of samples, in a fresh order each epoch; a batch may straddle two epochs.

    Args:
        rows: N samples of one shape, uint8 images or float points.
        flip: mirror each image left-right with probability ½, with its label where that is an image.
        labels: one for each: classes, int64 [N]; numbers, floats [N, k]; or images [N, channels, height, width]. None
            for unlabelled data.
        device: holds rows and labels, and picks the batches; None: the CPU.
    """

    def __init__(
        self,
        rows: RowIndexable,
        flip: bool = False,
        labels: RowIndexable | None = None,
        device: torch.device | None = None,
    ) -> None:
        self.rows, self.flip, self.labels, self.device = rows, flip, labels, device
        self._orders: dict[tuple[int, int], Tensor] = {}

    @property
    def nbytes(self) -> int | None:
        """Bytes of the samples and labels as stored; None if no device can hold them."""
        parts = [self.rows] if self.labels is None else [self.rows, self.labels]
        sizes: list[int] = [size for part in parts if (size := getattr(part, "nbytes", None)) is not None]
        return sum(sizes) if len(sizes) == len(parts) else None

    def to(self, device: torch.device) -> SampleTable:
        """The same samples in a device's memory. Batches are the same; order and mirroring still come from the CPU."""
        labels: Any = self.labels
        return SampleTable(
            cast(Any, self.rows).to(device), self.flip, None if labels is None else labels.to(device), device
        )

    def __len__(self) -> int:
        return len(self.rows)

    def _order(self, seed: int, epoch: int) -> Tensor:
        key = (seed, epoch)
        if key not in self._orders:
            self._orders = {k: v for k, v in self._orders.items() if k == (seed, epoch - 1)}  # keep two at the most
            order = torch.randperm(len(self), generator=new_rng(seed, "epoch", epoch))
            self._orders[key] = order if self.device is None else copy_to(order, self.device)
        return self._orders[key]

    def indices(self, seed: int, start: int, size: int) -> Tensor:
        """Row numbers of a global batch after `start` samples, int64 [size]."""
        n = len(self)
        epochs = range(start // n, (start + size - 1) // n + 1)
        orders = [self._order(seed, epoch) for epoch in epochs]
        return (orders[0] if len(orders) == 1 else torch.cat(orders))[start - epochs[0] * n :][:size]

    def batch(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor:
        """See `SampleSource.batch`."""
        rows = _pick(self.rows, self._rows_of_batch(seed, index, size, samples_seen)[shard::num_shards])
        return self._mirrored(rows, seed, index, size, slice(shard, None, num_shards)) if self.flip else rows

    def labels_of(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor | None:
        """See `SampleSource.labels_of`."""
        if self.labels is None:
            return None
        labels = _pick(self.labels, self._rows_of_batch(seed, index, size, samples_seen)[shard::num_shards])
        mirrors = self.flip and labels.dim() == 4
        return self._mirrored(labels, seed, index, size, slice(shard, None, num_shards)) if mirrors else labels

    def _mirrored(self, rows: Tensor, seed: int, index: int, size: int, share: slice) -> Tensor:
        chosen = torch.rand(size, generator=new_rng(seed, "flip", index))[share] < 0.5
        if self.device is not None:
            return torch.where(copy_to(chosen, self.device).view(-1, 1, 1, 1), rows.flip(-1), rows)
        images, mirrored = rows.numpy(), chosen.numpy()  # torch takes three times as long to reverse bytes
        images[mirrored] = images[mirrored][..., ::-1]
        return rows

    def _rows_of_batch(self, seed: int, index: int, size: int, samples_seen: int | None) -> Tensor:
        return self.indices(seed, index * size if samples_seen is None else samples_seen, size)


def _pick(rows: RowIndexable, which: Tensor) -> Tensor:
    # Torch picks bytes by `rows[which]` one by one, ten times slower.
    return rows.index_select(0, which) if isinstance(rows, Tensor) else rows[which]


def copy_to(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on the device; the host does not wait for the copy to a GPU."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)
