"""Base class of data sets that torchvision reads, in its files and with its checksums."""

from __future__ import annotations

import os
import tempfile
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor
from torchvision.datasets.utils import check_integrity, extract_archive

from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import cache_dir, join_names, search_dirs
from gan_lightning.data.base_images import Images
from gan_lightning.data.io.declared_shape import Shape
from gan_lightning.data.pixels import fit_to_shape
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable


class TorchvisionImages(Images):
    """A data set with a training and a test part. A subclass gives `read`, and its names.

    Attributes:
        source: torchvision's class.
        title: of the data set, in messages.
        content: folder or file that is there where the data set is.
        archive: file that is unpacked to `content`; None without one.

    Args:
        root: folder that holds `content` or `archive` (unpacked beside itself on first use); None: the usual places.
        download: download the set if it is missing (into root, else the cache).
        flip: mirror training images left-right with probability ½.
        size: height and width, to which images are resized.
        channels: 3 (RGB) or 1 (grey).
        shape: declared for other parts of a config.
        classes: number of classes; 0: images have no labels.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    source: ClassVar[Any]
    title: ClassVar[str]
    content: ClassVar[str]
    archive: ClassVar[str | None] = None

    def __init__(
        self,
        *,
        root: str | None,
        download: bool,
        flip: bool,
        size: int,
        channels: int,
        shape: Shape | None,
        classes: int,
        batch_size: int,
        num_workers: int,
        device: DataDevice = "cpu",
    ) -> None:
        super().__init__(
            size=size,
            channels=channels,
            shape=shape,
            batch_size=batch_size,
            num_workers=num_workers,
            device=device,
            classes=classes,
        )
        self.root, self.download, self.flip = root, download, flip

    @abstractmethod
    def read(self, home: Path, train: bool) -> tuple[Tensor, Tensor | None]:
        """Images uint8 [N, C, H, W] and labels int64 [N] of one part.

        Raises:
            RuntimeError: of torchvision, for a missing file or a wrong checksum.
        """

    def folders(self) -> list[Path]:
        """Folders that are searched, in order."""
        if self.root is None:
            return search_dirs()
        given = given_path(self.root, "data.root")
        return [given.parent if given.name == self.content else given]

    def prepare_data(self) -> None:
        """Unpacks the archive, or downloads if `download`; Lightning calls this on one process per machine.

        Raises:
            UsageError: the archive is damaged, or the network, the server or the disk failed.
        """
        if self._folder_with(self.content) is not None:
            return
        home = None if self.archive is None else self._folder_with(self.archive)
        try:
            if home is not None and self.archive is not None:
                self._unpack(home / self.archive)
            elif self.download:
                self.fetch(str(cache_dir() if self.root is None else self.folders()[0]))
        except (OSError, RuntimeError) as error:
            raise UsageError(
                f"{self.title} could not be fetched or unpacked: {' '.join(str(error).split())}"
            ) from error

    def fetch(self, folder: str) -> None:
        """Downloads the data set."""
        self.source(folder, download=True)

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`."""
        self.prepare_data()
        home = self._folder_with(self.content)
        if home is None:
            name = self.source.__name__
            wanted = self.content if self.archive is None else f"{self.content} or {self.archive}"
            raise UsageError(
                f"{self.title} not found: looked for {wanted} in {join_names(self.folders())}; set data.root=FOLDER or "
                f'data.download=true, or run: python -c "from torchvision.datasets import {name}; '
                f"{name}('data', download=True)\""
            )
        train, held_out = self._table(home, train=True), self._table(home, train=False)
        train.flip = self.flip
        return train, held_out

    def _folder_with(self, name: str) -> Path | None:
        return next((folder for folder in self.folders() if os.path.exists(folder / name)), None)

    def _table(self, home: Path, train: bool) -> SampleTable:
        try:
            images, labels = self.read(home, train)
        except RuntimeError as error:
            where = f"{self.title} in {home}" if self.archive is None else home / self.content
            raise UsageError(f"{where} is incomplete or damaged: delete it and fetch {self.title} again") from error
        return SampleTable(fit_to_shape(images, self.shape).contiguous(), labels=labels if self.classes else None)

    def _unpack(self, archive: Path) -> None:
        if not check_integrity(archive, self.source.tgz_md5):
            raise UsageError(f"{archive} is damaged (its checksum is wrong): delete it and fetch {self.title} again")
        target = archive.parent / self.content
        with tempfile.TemporaryDirectory(
            prefix=f".{self.content}.", dir=archive.parent
        ) as beside:  # whole, or not there
            extract_archive(archive, beside)
            try:
                os.rename(Path(beside, self.content), target)
            except OSError:
                if not os.path.exists(target):  # else another process was faster
                    raise
