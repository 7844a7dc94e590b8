"""STL-10: 105,000 natural images of 96 × 96 to train on, 8,000 held out."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torchvision import datasets

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import BatchSize, Index, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_torchvision import TorchvisionImages
from gan_lightning.data.io.declared_shape import Channels, Shape, check_declared_classes
from gan_lightning.data.placement import DataDevice


class Stl10(TorchvisionImages):
    """STL-10 (Coates et al. 2011) in its binary files, whose checksums torchvision verifies.

    Args:
        root: folder that holds stl10_binary or stl10_binary.tar.gz (unpacked beside itself on first use); null: the
            usual places.
        download: download the set if it is missing (into root, else the cache).
        flip: mirror training images left-right with probability ½.
        unlabeled: train on the 100,000 unlabelled images, too; else on the 5,000 labelled ones alone.
        size: height and width, to which images are resized; the papers' is 48.
        channels: 3 (RGB) or 1 (grey).
        shape: declared for other parts of a config; [channels, size, size].
        classes: 10, with `unlabeled` false; 0: images have no labels.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    source, title = datasets.STL10, "STL-10"
    content, archive = datasets.STL10.base_folder, datasets.STL10.filename

    @validate_arguments
    def __init__(
        self,
        *,
        root: str | None = None,
        download: bool = False,
        flip: bool = False,
        unlabeled: bool = True,
        size: MediumCount = 96,
        channels: Channels = 3,
        shape: Shape | None = None,
        classes: Index = 0,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers = 0,
        device: DataDevice = "cpu",
    ) -> None:
        if classes and unlabeled:
            raise UsageError(
                f"data.classes={classes}, but most of these images have no labels: set data.unlabeled=false"
            )
        if classes:
            check_declared_classes(classes, 10)
        super().__init__(
            root=root,
            download=download,
            flip=flip,
            size=size,
            channels=channels,
            shape=shape,
            classes=classes,
            batch_size=batch_size,
            num_workers=num_workers,
            device=device,
        )
        self.unlabeled = unlabeled

    def read(self, home: Path, train: bool) -> tuple[Tensor, Tensor | None]:
        """See `TorchvisionImages.read`."""
        part = datasets.STL10(str(home), split=("train+unlabeled" if self.unlabeled else "train") if train else "test")
        if self.classes:
            self.class_names = tuple(getattr(part, "classes", ()))
        return torch.from_numpy(part.data), torch.from_numpy(part.labels).long()
