"""Base class of data sets of image files, which are decoded once and cached."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Literal

import torch
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import cache_dir
from gan_lightning.data.base_images import Images
from gan_lightning.data.deep_rows import DeepRows
from gan_lightning.data.io.cache_manifest import Bits, CacheManifest
from gan_lightning.data.io.declared_shape import Shape, check_class_names
from gan_lightning.data.io.folder_cache import FolderCache
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.memmap import WORKERS, MemmapRows
from gan_lightning.data.io.split_folders import SplitFolders
from gan_lightning.data.io.value_range import Range, check_range, explain_range
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.split import split, split_by

HELD_OUT = 0.1  # share of the images, where nothing says which


def _refuse(message: str) -> None:
    raise UsageError(f"{message}; remove them, or leave them out with data.unreadable=skip")


def _skip(message: str) -> None:
    rank_zero_warn(f"{message}; left out")


class CachedImages(Images):
    """Image files of whatever size and mode, decoded once and cached.

    A subclass gives `find` and `classes_of`, and `numbers_of` if it has labels of numbers. See `decode` for the
    conversion to one shape, and `FolderCache` for the cache.

    Args:
        origin: names the images in messages.
        where: the same as it is typed, such as data.root=photos.
        size: height and width, one number or [height, width].
        channels: 3 (RGB), 1 (grey) or 4 (RGBA).
        held_out: share of the images held out, where `find` sets no `splits`; None: a tenth.
        flip: mirror training images left-right with probability ½.
        range: [black, white], the values in files of more than 8 bits; None: the full range of the file's type.
        bits: of a value, 8 or 16; None: 16 if any file has more than 8, else 8.
        unreadable: `refuse` files that can't be read, naming them, or `skip` them with a warning.
        cache: folder for the decoded images; None: the user's cache folder.
        in_memory_mb: larger sets are read from the cache on demand.
        shape: declared for other parts of a config.
        classes: number of classes; 0: images have no labels.
        class_names: declared in the config of a run.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; None: none for images in memory, 2 for images on disk.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    def __init__(
        self,
        *,
        origin: str,
        where: str,
        size: int | tuple[int, int],
        channels: int,
        held_out: float | None,
        flip: bool,
        range: Range | None,
        bits: Bits | None,
        unreadable: Literal["refuse", "skip"],
        cache: str | None,
        in_memory_mb: int,
        shape: Shape | None,
        classes: int,
        class_names: tuple[str, ...] | None,
        batch_size: int,
        num_workers: int | None,
        device: DataDevice = "cpu",
    ) -> None:
        super().__init__(
            size=size,
            channels=channels,
            shape=shape,
            batch_size=batch_size,
            num_workers=num_workers or 0,
            device=device,
            classes=classes,
        )
        self.origin, self.where = origin, where
        self.cache = cache_dir() / "image_folder" if cache is None else given_path(cache, "data.cache")
        self.flip, self.in_memory_mb, self.range = flip, in_memory_mb, check_range(range, "data.range")
        self.share, self._choose_workers = held_out, num_workers is None
        self._declared_names, self._bits = class_names, bits
        self.splits: SplitFolders | None = None
        self._report_unreadable = {"refuse": _refuse, "skip": _skip}[unreadable]

    @abstractmethod
    def find(self) -> ImageFiles:
        """The images; sets `splits` where these say what is held out."""

    @abstractmethod
    def classes_of(self, found: ImageFiles) -> tuple[list[str], list[str]]:
        """The classes in the order of their numbers, and the class of each image."""

    def numbers_of(self, found: ImageFiles) -> Tensor | None:
        """The numbers that are the label of each image, float32 [N, k]; None where labels are no numbers."""
        return None

    def prepare_data(self) -> None:
        """Decodes images that are not cached; Lightning calls this on one process per machine."""
        self._decoded()

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`.

        Raises:
            UsageError: there are no images, or some can't be read.
        """
        cache, content = self._decoded()
        if faults := cache.faults(content):
            count = f"{len(faults)} of {content.rows + len(faults)}"
            self._report_unreadable(f"{count} images under {self.origin} can't be read: {few(faults)}")
        if cache.found.others:
            print_rank_zero(
                f"left out under {self.origin}: {cache.found.others.total()} file(s) that are no images by name, "
                f"{cache.found.others_shown()}"
            )
        if own := cache.found.own_outputs:
            print_rank_zero(
                f"left out under {self.origin}: {len(own)} output(s) of this program, {few(list(map(str, own)))}"
            )
        self._explain_values(content)
        self.bits = content.bits
        in_memory = math.prod((content.rows, *self.shape)) * content.bits // 8 <= self.in_memory_mb * 2**20
        if not in_memory and self._choose_workers:
            self.num_workers = WORKERS
        labels = self._labels(cache, content)

        def table(index: Tensor) -> SampleTable:
            rows = MemmapRows(cache.path, index)
            stored = rows.loaded() if in_memory else rows
            return SampleTable(
                DeepRows(stored) if content.bits == 16 else stored, labels=None if labels is None else labels[index]
            )

        train, held_out = map(table, self._split(cache, content))
        train.flip = self.flip
        return train, held_out

    def _split(self, cache: FolderCache, content: CacheManifest) -> tuple[Tensor, Tensor]:
        """Numbers of the rows to train on, and of those held out."""
        where, splits = self.where, self.splits
        if splits is None:
            return split(content.rows, HELD_OUT if self.share is None else self.share, where)
        held = torch.tensor([splits.is_held_out(cache.found.names[number]) for number in cache.readable(content)])
        train, held_out = split_by(held, where, (splits.train, splits.held_out))
        unused = f"; {', '.join(splits.unused)} is not used" if splits.unused else ""
        print_rank_zero(
            f"{self.origin}: the {len(train):,} images in {splits.train} are trained on, the {len(held_out):,} in "
            f"{splits.held_out} are held out{unused}"
        )
        return train, held_out

    def _explain_values(self, content: CacheManifest) -> None:
        for found in content.values:
            print_rank_zero(explain_range(found, self.range, self.origin, content.bits))
        if self.range is not None and not content.values:
            raise UsageError(
                f"data.range is for images of more than 8 bits, and under {self.where} are none: leave it out"
            )

    def _labels(self, cache: FolderCache, content: CacheManifest) -> Tensor | None:
        """The class, or the numbers, of each readable image."""
        if (numbers := self.numbers_of(cache.found)) is not None:
            numbers = numbers[torch.tensor(cache.readable(content))]
            ends = zip(numbers.amin(0).tolist(), numbers.amax(0).tolist(), strict=True)
            print_rank_zero(f"labels of numbers: {few([f'{low:.6g} to {high:.6g}' for low, high in ends])}")
            return numbers
        if not self.classes:
            return None
        names, of_file = self._checked_classes(cache.found)
        self.class_names = tuple(names)
        print_rank_zero(f"classes: {few([f'{number} {name}' for number, name in enumerate(names)])}")
        number = {name: k for k, name in enumerate(names)}
        return torch.tensor([number[of_file[k]] for k in cache.readable(content)], dtype=torch.int64)

    def _checked_classes(self, found: ImageFiles) -> tuple[list[str], list[str]]:
        names, of_file = self.classes_of(found)
        check_class_names(names, self._declared_names, self.where)
        return names, of_file

    def _decoded(self) -> tuple[FolderCache, CacheManifest]:
        found = self.find()
        if self.classes:  # refused before anything is decoded
            self._checked_classes(found)
        self.numbers_of(found)
        cache = FolderCache(found, self.shape, self.cache, self.range, self._bits)
        return cache, cache.content() or cache.make()
