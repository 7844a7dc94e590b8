"""Two domains from one data set: images as they are, and others of it changed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import BatchSize, NumWorkers, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.domain_changes import DomainChange, change
from gan_lightning.data.io.declared_shape import Shape, check_declared_shape, kind_of
from gan_lightning.data.pixels import to_uint8
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import RowIndexable, SampleTable
from gan_lightning.data.unpaired import UnpairedTable


class ComputedDomain(AdversarialDataModule):
    """Domain A are images of another data set, and domain B others of its images, changed: for CycleGAN.

    Every other training image is of A, the others are of B, so that no image has its partner in the other domain.
    Held-out images are of both domains; those of B begin in the middle.

    Args:
        of: the data set.
        changes: one after the other: "inverted" (light for dark), "slanted" (to the right).
        shape: declared for other parts of a config; that of `of`.
        label_shape: likewise.
        batch_size: images of each domain in a critic update, over all devices.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.

    Raises:
        UsageError: `of` has no images, or there are no changes.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        of: AdversarialDataModule,
        changes: tuple[DomainChange, ...] = ("inverted", "slanted"),
        shape: Shape | None = None,
        label_shape: Shape | None = None,
        batch_size: BatchSize = 16,
        num_workers: NumWorkers = 0,
        device: DataDevice = "cpu",
    ) -> None:
        if kind_of(of.shape) != "images":
            raise UsageError(f"a domain is computed from images, and data.of holds {kind_of(of.shape)}")
        if not changes:
            raise UsageError("data.changes=[] leaves one domain: use data.changes=[inverted], [slanted] or both")
        follows = "leave it alone, it follows data.of"
        super().__init__(
            batch_size=batch_size,
            num_workers=num_workers,
            device=device,
            label_shape=check_declared_shape(label_shape, of.shape, follows, "label_shape"),
        )
        self.of, self.changes = of, changes
        self._shape = check_declared_shape(shape, of.shape, follows)

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of one image."""
        return self._shape

    def prepare_data(self) -> None:
        """That of `of`."""
        self.of.prepare_data()

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`."""
        self.of.setup()
        train, held_out = self.of.train, self.of.held_out
        self.bits, self.bands = self.of.bits, self.of.bands
        if not isinstance(train, SampleTable):
            raise UsageError("a domain is computed from a finite set of images, and data.of is a distribution")
        if len(train) < 2:
            raise UsageError("two domains take two training images at least, and data.of has one")

        def domain(table: SampleTable, index: Tensor, changes: tuple[DomainChange, ...] = ()) -> SampleTable:
            rows = ChosenRows(table.rows, index, lambda images: change(images, changes))
            stored = rows[torch.arange(len(rows))] if isinstance(table.rows, Tensor) else rows
            return SampleTable(stored, table.flip)

        even, odd = torch.arange(0, len(train), 2), torch.arange(1, len(train), 2)
        every = torch.arange(len(held_out))
        return (
            UnpairedTable(domain(train, odd, self.changes), domain(train, even)),
            UnpairedTable(domain(held_out, every.roll(-(len(every) // 2)), self.changes), domain(held_out, every)),
        )


class ChosenRows:
    """Some of the rows, uint8, each changed on access.

    Args:
        rows: samples.
        index: numbers of those chosen.
        function: uint8 [n, *shape] → the same.
    """

    def __init__(self, rows: RowIndexable, index: Tensor, function: Callable[[Tensor], Tensor]) -> None:
        self.rows, self.index, self.function = rows, index, function

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, index: Tensor) -> Tensor:
        rows = self.rows[self.index[index]]
        return self.function(rows if rows.dtype == torch.uint8 else to_uint8(rows))
