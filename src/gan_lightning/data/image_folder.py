"""Any folder of images."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from lightning.pytorch.utilities import rank_zero_warn

from gan_lightning.data.folder_cache import SUFFIXES, Decoded, FolderCache
from gan_lightning.data.images import Images
from gan_lightning.data.mapped import WORKERS, Mapped
from gan_lightning.data.place import cache_home
from gan_lightning.data.round import Table
from gan_lightning.data.shape import Channels, Shape
from gan_lightning.data.split import Share, split
from gan_lightning.runtime.check import Count, Index, checked
from gan_lightning.runtime.refusal import Refusal

NAMED = 10  # unreadable files told by name


def _refuse(told: str) -> None:
    raise Refusal(f"{told}; remove them, or leave them out with data.unreadable=skip")


def _skip(told: str) -> None:
    rank_zero_warn(f"{told}; left out")


class ImageFolder(Images):
    """Every image under a folder, of whatever size and mode, decoded once and cached as uint8.

    See `decode` for how images are brought to one shape, and `FolderCache` for the cache.

    Args:
        root: the folder; sub-folders are searched.
        size: height and width that images are brought to.
        channels: 3 (RGB) or 1 (grey) that images are brought to.
        held_out: share of the images held out, chosen alike in every run.
        flip: mirror training images left-right with probability ½.
        unreadable: what to do about files that can't be read: `refuse`, naming them, or `skip` them with a warning.
        cache: folder for the decoded images; null: the user's cache folder.
        in_memory_mb: larger sets are read from the cache as they are needed.
        shape: stated for other parts of a config; [channels, size, size].
        batch_size: global batch of one critic turn.
        workers: processes that prepare rounds ahead; null: none for images in memory, 2 for images on disk.
    """

    @checked
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
        batch_size: Count = 64,
        workers: Index | None = None,
    ) -> None:
        super().__init__(size=size, channels=channels, shape=shape, batch_size=batch_size, workers=workers or 0)
        if root is None:
            raise Refusal("data.root is not set: give a folder of images, data.root=FOLDER")
        self.root = Path(root).expanduser()
        if not self.root.is_dir():
            raise Refusal(f"data.root={root} is not a folder: give a folder of images, data.root=FOLDER")
        self.cache = cache_home() / "image_folder" if cache is None else Path(cache).expanduser()
        self.flip, self.in_memory_mb = flip, in_memory_mb
        self._share, self._choose_workers = held_out, workers is None
        self._tell = {"refuse": _refuse, "skip": _skip}[unreadable]

    def prepare_data(self) -> None:
        """Decodes what isn't cached; Lightning calls this on one process a machine."""
        self._decoded()

    def load(self) -> tuple[Table, Table]:
        """See `AdversarialData.load`.

        Raises:
            Refusal: there are no images, or some can't be read.
        """
        cache, content = self._decoded()
        if content.unreadable:
            names = ", ".join(content.unreadable[:NAMED])
            more = len(content.unreadable) - NAMED
            rest = f" and {more} more" if more > 0 else ""
            count = f"{len(content.unreadable)} of {len(cache.files)}"
            self._tell(f"{count} images under {self.root} can't be read: {names}{rest}")
        rows = [Mapped(cache.path, index) for index in split(content.rows, self._share, f"data.root={self.root}")]
        if math.prod((content.rows, *self.shape)) > self.in_memory_mb * 2**20:
            self.workers = WORKERS if self._choose_workers else self.workers
            return Table(rows[0], flip=self.flip), Table(rows[1])
        return Table(rows[0].loaded(), flip=self.flip), Table(rows[1].loaded())

    def _decoded(self) -> tuple[FolderCache, Decoded]:
        cache = FolderCache(self.root, self.shape, self.cache)
        if not cache.files:
            raise Refusal(f"data.root={self.root} holds no images (of kinds {' '.join(sorted(SUFFIXES))})")
        return cache, cache.content() or cache.make()
