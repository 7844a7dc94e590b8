"""The data set in four idx files: official training split to train on, official test split held out."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from gan_lightning.data.idx_files import IdxFiles
from gan_lightning.data.images import Images, fitted
from gan_lightning.data.round import Table
from gan_lightning.data.shape import Channels, Shape
from gan_lightning.runtime.check import Count, Index, checked


class IdxImages(Images):
    """MNIST or a set in its clothes; a subclass says where the files are.

    Attributes:
        labels, held_out_labels: classes of the training and of the held-out images, int64; after `setup`.

    Args:
        root: folder of the files, or that holds NAME/raw; null: the places they are usually found in.
        download: fetch them (into root, else the cache) where they are missing.
        size: height and width that images are brought to.
        channels: 1 (grey) or 3 (the same thrice).
        shape: stated for other parts of a config; [channels, size, size].
        batch_size: global batch of one critic turn.
        workers: processes that prepare rounds ahead; 0 is right, the images are in memory.
    """

    files: ClassVar[IdxFiles]
    labels: Tensor
    held_out_labels: Tensor

    @checked
    def __init__(
        self,
        *,
        root: str | None = None,
        download: bool = False,
        size: Count = 28,
        channels: Channels = 1,
        shape: Shape | None = None,
        batch_size: Count = 64,
        workers: Index = 0,
    ) -> None:
        super().__init__(size=size, channels=channels, shape=shape, batch_size=batch_size, workers=workers)
        self.root, self.download = root, download

    def prepare_data(self) -> None:
        """Downloads where allowed; Lightning calls this on one process a machine."""
        if self.download:
            self.files.download(self.root)

    def load(self) -> tuple[Table, Table]:
        """See `AdversarialData.load`."""
        self.prepare_data()
        images, self.labels = self.files.read(self.root, "train")
        held_out, self.held_out_labels = self.files.read(self.root, "t10k")
        return Table(fitted(images, self.shape)), Table(fitted(held_out, self.shape))
