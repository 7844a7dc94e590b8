"""Base class of data sets in four idx files: the official training split, and the official test split held out."""

from __future__ import annotations

from typing import ClassVar

from gan_lightning.core.validation import BatchSize, Index, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_images import Images
from gan_lightning.data.io.declared_shape import Channels, Shape, check_declared_classes
from gan_lightning.data.io.idx_files import IdxFiles
from gan_lightning.data.pixels import fit_to_shape
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable


class IdxImages(Images):
    """MNIST or a set in its format; a subclass defines `files`.

    Args:
        root: folder of the files, or parent of NAME/raw; null: the usual places.
        download: download missing files (into root, else the cache).
        size: height and width, to which images are resized.
        channels: 1 (grey) or 3 (grey repeated).
        shape: declared for other parts of a config; [channels, size, size].
        classes: declared for networks to read; 10.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    files: ClassVar[IdxFiles]

    @validate_arguments
    def __init__(
        self,
        *,
        root: str | None = None,
        download: bool = False,
        size: MediumCount = 28,
        channels: Channels = 1,
        shape: Shape | None = None,
        classes: Index = 10,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers = 0,
        device: DataDevice = "cpu",
    ) -> None:
        super().__init__(
            size=size,
            channels=channels,
            shape=shape,
            batch_size=batch_size,
            num_workers=num_workers,
            device=device,
            classes=check_declared_classes(classes, 10),
        )
        self.root, self.download = root, download

    def prepare_data(self) -> None:
        """Downloads if `download`; Lightning calls this on one process per machine."""
        if self.download:
            self.files.download(self.root)

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`."""
        self.prepare_data()
        tables = [
            SampleTable(fit_to_shape(images, self.shape), labels=labels)
            for images, labels in (self.files.read(self.root, part) for part in ("train", "t10k"))
        ]
        return tables[0], tables[1]
