"""SVHN: 73,257 house numbers of 32 × 32 to train on, 26,032 held out."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torchvision import datasets

from gan_lightning.core.validation import BatchSize, Index, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_torchvision import TorchvisionImages
from gan_lightning.data.io.declared_shape import Channels, Shape, check_declared_classes
from gan_lightning.data.placement import DataDevice


class Svhn(TorchvisionImages):
    """Street View House Numbers (Netzer et al. 2011), cropped digits, whose checksums torchvision verifies.

    Args:
        root: folder that holds train_32x32.mat and test_32x32.mat; null: the usual places.
        download: download the set if it is missing (into root, else the cache).
        flip: mirror training images left-right with probability ½; not for digits.
        size: height and width, to which images are resized.
        channels: 3 (RGB) or 1 (grey).
        shape: declared for other parts of a config; [channels, size, size].
        classes: declared for networks to read; 10.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    source, title, content = datasets.SVHN, "SVHN", "train_32x32.mat"

    @validate_arguments
    def __init__(
        self,
        *,
        root: str | None = None,
        download: bool = False,
        flip: bool = False,
        size: MediumCount = 32,
        channels: Channels = 3,
        shape: Shape | None = None,
        classes: Index = 10,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers = 0,
        device: DataDevice = "cpu",
    ) -> None:
        super().__init__(
            root=root,
            download=download,
            flip=flip,
            size=size,
            channels=channels,
            shape=shape,
            classes=check_declared_classes(classes, 10),
            batch_size=batch_size,
            num_workers=num_workers,
            device=device,
        )

    def fetch(self, folder: str) -> None:
        """Downloads both parts."""
        for part in ("test", "train"):  # `content` is the last
            datasets.SVHN(folder, split=part, download=True)

    def read(self, home: Path, train: bool) -> tuple[Tensor, Tensor | None]:
        """See `TorchvisionImages.read`."""
        part = datasets.SVHN(str(home), split="train" if train else "test")
        return torch.from_numpy(part.data), torch.from_numpy(part.labels)
