"""CIFAR-10: 50,000 natural images of 32 × 32 to train on, 10,000 held out."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import torch
from torch import Tensor
from torchvision import datasets
from torchvision.datasets.utils import check_integrity, extract_archive

from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import cache_dir, join_names, search_dirs
from gan_lightning.core.validation import BatchSize, Index, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_images import Images
from gan_lightning.data.io.declared_shape import Channels, Shape, check_declared_classes
from gan_lightning.data.pixels import fit_to_shape
from gan_lightning.data.sample_source import SampleTable


class Cifar10(Images):
    """CIFAR-10 (Krizhevsky 2009) in its Python batches, whose checksums torchvision verifies before unpickling.

    Args:
        root: folder that holds cifar-10-batches-py or cifar-10-python.tar.gz (unpacked beside itself on first use);
            null: the usual places.
        download: download the set if it is missing (into root, else the cache).
        flip: mirror training images left-right with probability ½; the papers' scores are without it.
        size: height and width, to which images are resized.
        channels: 3 (RGB) or 1 (grey).
        shape: declared for other parts of a config; [channels, size, size].
        classes: declared for networks to read; 10.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
    """

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
    ) -> None:
        super().__init__(
            size=size,
            channels=channels,
            shape=shape,
            batch_size=batch_size,
            num_workers=num_workers,
            classes=check_declared_classes(classes, 10),
        )
        self.root, self.download, self.flip = root, download, flip

    def folders(self) -> list[Path]:
        """Folders that are searched, in order."""
        if self.root is None:
            return search_dirs()
        given = given_path(self.root, "data.root")
        return [given.parent if given.name == datasets.CIFAR10.base_folder else given]

    def prepare_data(self) -> None:
        """Unpacks the archive, or downloads if `download`; Lightning calls this on one process per machine.

        Raises:
            UsageError: the archive is damaged, or the network, the server or the disk failed.
        """
        if self._folder_with(datasets.CIFAR10.base_folder) is not None:
            return
        home = self._folder_with(datasets.CIFAR10.filename)
        try:
            if home is not None:
                _unpack(home / datasets.CIFAR10.filename)
            elif self.download:
                datasets.CIFAR10(str(cache_dir() if self.root is None else self.folders()[0]), download=True)
        except (OSError, RuntimeError) as error:
            raise UsageError(f"CIFAR-10 could not be fetched or unpacked: {' '.join(str(error).split())}") from error

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`."""
        self.prepare_data()
        home = self._folder_with(datasets.CIFAR10.base_folder)
        if home is None:
            raise UsageError(
                f"CIFAR-10 not found: looked for {datasets.CIFAR10.base_folder} or {datasets.CIFAR10.filename} in "
                f"{join_names(self.folders())}; set data.root=FOLDER or data.download=true, or run: "
                "python -c \"from torchvision.datasets import CIFAR10; CIFAR10('data', download=True)\""
            )
        images, labels = self._read(home, train=True)
        held_out, others = self._read(home, train=False)
        return SampleTable(images, flip=self.flip, labels=labels), SampleTable(held_out, labels=others)

    def _folder_with(self, name: str) -> Path | None:
        return next((folder for folder in self.folders() if os.path.exists(folder / name)), None)

    def _read(self, home: Path, train: bool) -> tuple[Tensor, Tensor]:
        try:
            part = datasets.CIFAR10(str(home), train=train)
        except RuntimeError as error:  # torchvision's error for a missing file or a wrong checksum
            folder = home / datasets.CIFAR10.base_folder
            raise UsageError(f"{folder} is incomplete or damaged: delete it and fetch CIFAR-10 again") from error
        images = torch.from_numpy(part.data).permute(0, 3, 1, 2)
        return fit_to_shape(images, self.shape).contiguous(), torch.tensor(part.targets)


def _unpack(archive: Path) -> None:
    if not check_integrity(archive, datasets.CIFAR10.tgz_md5):
        raise UsageError(f"{archive} is damaged (its checksum is wrong): delete it and fetch CIFAR-10 again")
    name = datasets.CIFAR10.base_folder
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=archive.parent) as beside:  # whole, or not there
        extract_archive(archive, beside)
        try:
            os.rename(Path(beside, name), archive.parent / name)
        except OSError:
            if not os.path.exists(archive.parent / name):  # else another process was faster
                raise
