"""A data set of images with labels that are computed from them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import BatchSize, NumWorkers, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.io.computed_label import ComputedLabel, computed_label_shape
from gan_lightning.data.io.declared_shape import Shape, check_declared_shape, kind_of
from gan_lightning.data.label_functions import FUNCTIONS
from gan_lightning.data.pixels import to_uint8
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import RowIndexable, SampleTable

CHUNK = 1024


class ComputedLabels(AdversarialDataModule):
    """Images of another data set, each with a label that is computed from it, in place of the labels it has there.

    A number makes a generator whose samples have it as asked; an image makes pairs, for a generator that translates the
    label back to the image (pix2pix).

    Args:
        of: the data set.
        label: "thickness" or "slant" of figures; or an image: "edges", "thin" (the skeleton of a figure), "grey",
            "small" (a quarter of the resolution).
        shape: declared for other parts of a config; that of `of`.
        label_shape: declared for networks to read.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        of: AdversarialDataModule,
        label: ComputedLabel = "thin",
        shape: Shape | None = None,
        label_shape: Shape | None = None,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers = 0,
        device: DataDevice = "cpu",
    ) -> None:
        if kind_of(of.shape) != "images":
            raise UsageError(f"labels are computed from images, and data.of holds {kind_of(of.shape)}")
        if of.shape[0] not in (1, 3):
            raise UsageError(f"labels are computed from grey or RGB images, and data.of has {of.shape[0]} channels")
        actual = tuple(computed_label_shape(label, of.shape))
        follows = "leave it alone, it follows data.label and data.of"
        super().__init__(
            batch_size=batch_size,
            num_workers=num_workers,
            device=device,
            label_shape=check_declared_shape(label_shape, actual, follows, "label_shape"),
        )
        self.of, self.label = of, label
        self._shape = check_declared_shape(shape, of.shape, "leave it alone, it follows data.of")

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of one image."""
        return self._shape

    def prepare_data(self) -> None:
        """That of `of`."""
        self.of.prepare_data()

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`."""
        train, held_out = self.of.load()
        self.bits, self.bands = self.of.bits, self.of.bands
        if not isinstance(train, SampleTable):
            raise UsageError("labels are computed from a finite set of images, and data.of is a distribution")
        function = FUNCTIONS[self.label]
        tables = [SampleTable(one.rows, one.flip, _labels(one.rows, function)) for one in (train, held_out)]
        if train.flip and self.label == "slant":
            raise UsageError("data.of mirrors its images, and their slant with them: leave its flip out")
        return tables[0], tables[1]


class ComputedRows:
    """Labels of rows that are not in memory, computed on access."""

    def __init__(self, rows: RowIndexable, function: Callable[[Tensor], Tensor]) -> None:
        self.rows, self.function = rows, function

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Tensor) -> Tensor:
        rows = self.rows[index]
        return self.function(rows if rows.dtype == torch.uint8 else to_uint8(rows))


def _labels(rows: RowIndexable, function: Callable[[Tensor], Tensor]) -> RowIndexable:
    computed = ComputedRows(rows, function)
    if not isinstance(rows, Tensor):
        return computed
    return torch.cat([computed[part] for part in torch.split(torch.arange(len(rows)), CHUNK)])
