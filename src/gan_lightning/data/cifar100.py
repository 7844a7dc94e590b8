"""CIFAR-100: 50,000 natural images of 32 × 32 to train on, 10,000 held out."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torchvision import datasets

from gan_lightning.core.validation import BatchSize, Index, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_torchvision import TorchvisionImages
from gan_lightning.data.io.declared_shape import Channels, Shape, check_declared_classes
from gan_lightning.data.placement import DataDevice


class Cifar100(TorchvisionImages):
    """CIFAR-100 (Krizhevsky 2009) in its Python batches, whose checksums torchvision verifies before unpickling.

    Args:
        root: folder that holds cifar-100-python or cifar-100-python.tar.gz (unpacked beside itself on first use);
            null: the usual places.
        download: download the set if it is missing (into root, else the cache).
        flip: mirror training images left-right with probability ½.
        size: height and width, to which images are resized.
        channels: 3 (RGB) or 1 (grey).
        shape: declared for other parts of a config; [channels, size, size].
        classes: declared for networks to read; 100.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    source, title = datasets.CIFAR100, "CIFAR-100"
    content, archive = datasets.CIFAR100.base_folder, datasets.CIFAR100.filename

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
        classes: Index = 100,
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
            classes=check_declared_classes(classes, 100),
            batch_size=batch_size,
            num_workers=num_workers,
            device=device,
        )

    def read(self, home: Path, train: bool) -> tuple[Tensor, Tensor | None]:
        """See `TorchvisionImages.read`."""
        part = datasets.CIFAR100(str(home), train=train)
        self.class_names = tuple(part.classes)
        return torch.from_numpy(part.data).permute(0, 3, 1, 2), torch.tensor(part.targets)
