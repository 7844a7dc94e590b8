"""Images in a folder."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import torch
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.paths import cache_dir
from gan_lightning.core.validation import Count, Index, validate_arguments
from gan_lightning.data.base_images import Images
from gan_lightning.data.io.declared_shape import Channels, Shape
from gan_lightning.data.io.folder_cache import SUFFIXES, CacheManifest, FolderCache
from gan_lightning.data.io.memmap import WORKERS, MemmapRows
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.split import Share, split

MAX_NAMED = 10  # unreadable files named in a message


def _refuse(message: str) -> None:
    raise UsageError(f"{message}; remove them, or leave them out with data.unreadable=skip")


def _skip(message: str) -> None:
    rank_zero_warn(f"{message}; left out")


class ImageFolder(Images):
    """Every image under a folder, of whatever size and mode, decoded once and cached as uint8.

    See `decode` for the conversion to one shape, and `FolderCache` for the cache.

    Args:
        root: the folder; sub-folders are searched.
        size: height and width, to which images are resized.
        channels: 3 (RGB) or 1 (grey), to which images are converted.
        held_out: share of the images held out, the same in every run.
        flip: mirror training images left-right with probability ½.
        unreadable: `refuse` files that can't be read, naming them, or `skip` them with a warning.
        cache: folder for the decoded images; null: the user's cache folder.
        in_memory_mb: larger sets are read from the cache on demand.
        shape: declared for other parts of a config; [channels, size, size].
        classes: number of folders directly under root, one for each class, in alphabetical order; 0: images have no
            labels.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; null: none for images in memory, 2 for images on disk.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        root: str | None = None,
        size: Count = 64,
        channels: Channels = 3,
        held_out: Share = 0.1,
        flip: bool = False,
        unreadable: Literal["refuse", "skip"] = "refuse",
        cache: str | None = None,
        in_memory_mb: Count = 2048,
        shape: Shape | None = None,
        classes: Index = 0,
        batch_size: Count = 64,
        num_workers: Index | None = None,
    ) -> None:
        super().__init__(
            size=size,
            channels=channels,
            shape=shape,
            batch_size=batch_size,
            num_workers=num_workers or 0,
            classes=classes,
        )
        if root is None:
            raise UsageError("data.root is not set: give a folder of images, data.root=FOLDER")
        self.root = Path(root).expanduser()
        if not self.root.is_dir():
            raise UsageError(f"data.root={root} is not a folder: give a folder of images, data.root=FOLDER")
        self.cache = cache_dir() / "image_folder" if cache is None else Path(cache).expanduser()
        self.flip, self.in_memory_mb = flip, in_memory_mb
        self._share, self._choose_workers = held_out, num_workers is None
        self._report_unreadable = {"refuse": _refuse, "skip": _skip}[unreadable]

    def prepare_data(self) -> None:
        """Decodes images that are not cached; Lightning calls this on one process per machine."""
        self._decoded()

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`.

        Raises:
            UsageError: there are no images, or some can't be read.
        """
        cache, content = self._decoded()
        if content.unreadable:
            names = ", ".join(content.unreadable[:MAX_NAMED])
            more = len(content.unreadable) - MAX_NAMED
            rest = f" and {more} more" if more > 0 else ""
            count = f"{len(content.unreadable)} of {len(cache.files)}"
            self._report_unreadable(f"{count} images under {self.root} can't be read: {names}{rest}")
        in_memory = math.prod((content.rows, *self.shape)) <= self.in_memory_mb * 2**20
        if not in_memory and self._choose_workers:
            self.num_workers = WORKERS
        labels = self._labels(cache, content) if self.classes else None
        train, held_out = (
            SampleTable(rows.loaded() if in_memory else rows, labels=None if labels is None else labels[index])
            for index in split(content.rows, self._share, f"data.root={self.root}")
            for rows in [MemmapRows(cache.path, index)]
        )
        train.flip = self.flip
        return train, held_out

    def _labels(self, cache: FolderCache, content: CacheManifest) -> Tensor:
        """The class of each readable image."""
        names = [file.relative_to(self.root) for file in cache.files]
        skipped = [
            name for name in names if any(line.startswith(f"{name.as_posix()} (") for line in content.unreadable)
        ]
        folders = [name.parts[0] for name in names if name not in skipped]
        found = sorted({name.parts[0] for name in names if len(name.parts) > 1})
        if len(found) != self.classes or any(len(name.parts) == 1 for name in names):
            raise UsageError(
                f"data.classes={self.classes}, but data.root={self.root} has {len(found)} folder(s) with images"
                f"{' and images beside them' if any(len(name.parts) == 1 for name in names) else ''}: "
                f"one folder for each class is needed, or data.classes=0 for images without labels"
            )
        number = {folder: k for k, folder in enumerate(found)}
        return torch.tensor([number[folder] for folder in folders])

    def _decoded(self) -> tuple[FolderCache, CacheManifest]:
        cache = FolderCache(self.root, self.shape, self.cache)
        if not cache.files:
            raise UsageError(f"data.root={self.root} holds no images (of kinds {' '.join(sorted(SUFFIXES))})")
        return cache, cache.content() or cache.make()
