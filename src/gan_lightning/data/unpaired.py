"""Two domains of images without pairs."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import derive_seed
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import RowIndexable, SampleTable


class RepeatedRows:
    """As many rows as are wanted: again from the first where there are fewer.

    Args:
        rows: samples.
        total: number wanted.
    """

    def __init__(self, rows: RowIndexable, total: int) -> None:
        self.rows, self.total = rows, total

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, index: Tensor) -> Tensor:
        return self.rows[index % len(self.rows)]


class UnpairedTable(SampleTable):
    """Images of domain B, with images of domain A as labels, which they have nothing to do with.

    In training each domain has an order of its own in each of its epochs, and mirrors its own images. By their row
    numbers, as held-out samples are read, row i of B stands beside row i of A, again from A's first where A is smaller.

    Args:
        b: of the samples.
        a: of the labels.
    """

    def __init__(self, b: SampleTable, a: SampleTable) -> None:
        super().__init__(b.rows, b.flip, RepeatedRows(a.rows, len(b)), b.device)
        self.a, self.b = a, b

    @property
    def nbytes(self) -> int | None:
        """See `SampleTable.nbytes`."""
        return None if self.a.nbytes is None or self.b.nbytes is None else self.a.nbytes + self.b.nbytes

    def to(self, device: torch.device) -> UnpairedTable:
        """See `SampleTable.to`."""
        return UnpairedTable(self.b.to(device), self.a.to(device))

    def labels_of(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor:
        """See `SampleSource.labels_of`: a batch of A."""
        return self.a.batch(derive_seed(seed, "unpaired"), index, size, shard, num_shards, samples_seen)


def turned(table: SampleTable) -> SampleTable:
    """The table with its samples as labels, and its images that are labels as samples.

    Raises:
        UsageError: the labels are no images.
    """
    if isinstance(table, UnpairedTable):
        return UnpairedTable(table.a, table.b)
    if table.labels is None or table.labels[torch.zeros(1, dtype=torch.long)].dim() != 4:
        raise UsageError("these data have no images as labels, and so no other direction")
    return SampleTable(table.labels, table.flip, table.rows)


class OtherDirection(AdversarialDataModule):
    """Data of two domains, from B to A: images of A are the samples, images of B their labels.

    Args:
        data: from A to B, after `setup`.
    """

    def __init__(self, data: AdversarialDataModule) -> None:
        super().__init__(
            batch_size=data.batch_size, num_workers=data.num_workers, label_shape=tuple(map(int, data.shape))
        )
        self.data, self.bands, self.bits = data, data.bands, data.bits

    @property
    def shape(self) -> tuple[int, ...]:
        """(channels, height, width) of one image."""
        return self.data.label_shape

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`."""
        train = self.data.train
        assert isinstance(train, SampleTable)
        return turned(train), turned(self.data.held_out)
