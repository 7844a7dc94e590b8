"""Images in a folder, in a zip archive, or of a list."""

from __future__ import annotations

import math
from typing import Literal

import torch
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import cache_dir
from gan_lightning.core.validation import BatchSize, Count, Index, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_images import Images
from gan_lightning.data.deep_rows import DeepRows
from gan_lightning.data.io.cache_manifest import Bits, CacheManifest
from gan_lightning.data.io.declared_shape import Shape, check_class_names
from gan_lightning.data.io.find_images import find_images, find_root
from gan_lightning.data.io.folder_cache import FolderCache
from gan_lightning.data.io.image_classes import image_classes
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.image_labels import image_labels
from gan_lightning.data.io.memmap import WORKERS, MemmapRows
from gan_lightning.data.io.split_folders import SplitFolders, part_folders, split_folders
from gan_lightning.data.io.value_range import Range, check_range, explain_range
from gan_lightning.data.sample_source import RowIndexable, SampleTable
from gan_lightning.data.split import Share, split, split_by

HELD_OUT = 0.1  # share of the images, where nothing says which


def _refuse(message: str) -> None:
    raise UsageError(f"{message}; remove them, or leave them out with data.unreadable=skip")


def _skip(message: str) -> None:
    rank_zero_warn(f"{message}; left out")


def _rows(cache: FolderCache, content: CacheManifest, index: Tensor, in_memory: bool) -> RowIndexable:
    rows = MemmapRows(cache.path, index)
    stored: RowIndexable = rows.loaded() if in_memory else rows
    return DeepRows(stored) if content.bits == 16 else stored


class ImageFolder(Images):
    """Every image under a folder, in a zip or of a list, of whatever size and mode, decoded once and cached.

    See `decode` for the conversion to one shape, and `FolderCache` for the cache.

    Args:
        root: the folder, whose sub-folders are searched; or a .zip of images; or a .txt of one path a line, relative to
            its own folder.
        size: height and width, one number or [height, width], to which images are resized.
        channels: 3 (RGB), 1 (grey) or 4 (RGBA), to which images are converted.
        held_out: share of the images held out, the same in every run; null: the images in a folder val or test beside
            one called train, see `SplitFolders`, or else a tenth.
        flip: mirror training images left-right with probability ½.
        range: [black, white], the values in files of more than 8 bits; null: the full range of the file's type.
        bits: of a value, 8 or 16; null: 16 if any file has more than 8, else 8. A run's config has it.
        unreadable: `refuse` files that can't be read, naming them, or `skip` them with a warning.
        cache: folder for the decoded images; null: the user's cache folder.
        in_memory_mb: larger sets are read from the cache on demand.
        shape: declared for other parts of a config; [channels, height, width].
        labels: a file of labels, see `LabelFile`; null: those of a dataset.json in a zip, or else folders are classes.
        classes: number of classes in `labels`, or of folders directly under root, one for each class; in the order of
            their numbers if all have one as their name, else in alphabetical order; 0: images have no labels.
        class_names: declared in the config of a run: the classes in the order of their numbers.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; null: none for images in memory, 2 for images on disk.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        root: str | None = None,
        size: MediumCount | tuple[MediumCount, MediumCount] = 64,
        channels: Literal[1, 3, 4] = 3,
        held_out: Share | None = None,
        flip: bool = False,
        range: Range | None = None,
        bits: Bits | None = None,
        unreadable: Literal["refuse", "skip"] = "refuse",
        cache: str | None = None,
        in_memory_mb: Count = 2048,
        shape: Shape | None = None,
        labels: str | None = None,
        classes: Index = 0,
        class_names: tuple[str, ...] | None = None,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers | None = None,
    ) -> None:
        super().__init__(
            size=size,
            channels=channels,
            shape=shape,
            batch_size=batch_size,
            num_workers=num_workers or 0,
            classes=classes,
        )
        self.root = find_root(root)
        self.cache = cache_dir() / "image_folder" if cache is None else given_path(cache, "data.cache")
        self.flip, self.in_memory_mb, self.range = flip, in_memory_mb, check_range(range, "data.range")
        self._share, self._choose_workers = held_out, num_workers is None
        self._declared_names, self.labels = class_names, image_labels(labels, self.root) if classes or labels else None
        self._bits: Bits | None = bits
        self._splits: SplitFolders | None = None
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
        if faults := cache.faults(content):
            count = f"{len(faults)} of {content.rows + len(faults)}"
            self._report_unreadable(f"{count} images under {self.root} can't be read: {few(faults)}")
        if cache.found.others:
            print_rank_zero(
                f"left out under {self.root}: {cache.found.others.total()} file(s) that are no images by name, "
                f"{cache.found.others_shown()}"
            )
        if own := cache.found.own_outputs:
            print_rank_zero(
                f"left out under {self.root}: {len(own)} output(s) of this program, {few(list(map(str, own)))}"
            )
        self._explain_values(content)
        self.bits = content.bits
        in_memory = math.prod((content.rows, *self.shape)) * content.bits // 8 <= self.in_memory_mb * 2**20
        if not in_memory and self._choose_workers:
            self.num_workers = WORKERS
        labels = self._labels(cache, content) if self.classes else None
        train, held_out = (
            SampleTable(
                DeepRows(stored) if content.bits == 16 else stored, labels=None if labels is None else labels[index]
            )
            for index in self._split(cache, content)
            for rows in [MemmapRows(cache.path, index)]
            for stored in [rows.loaded() if in_memory else rows]
        )
        train.flip = self.flip
        return train, held_out

    def _split(self, cache: FolderCache, content: CacheManifest) -> tuple[Tensor, Tensor]:
        """Numbers of the rows to train on, and of those held out."""
        where, splits = f"data.root={self.root}", self._splits
        if splits is None:
            if not self.classes and (together := part_folders(cache.found.names)):
                print_rank_zero(f"all parts of {self.root} are trained on together: {', '.join(together)}")
            return split(content.rows, HELD_OUT if self._share is None else self._share, where)
        held = torch.tensor([splits.is_held_out(cache.found.names[number]) for number in cache.readable(content)])
        train, held_out = split_by(held, where, (splits.train, splits.held_out))
        unused = f"; {', '.join(splits.unused)} is not used" if splits.unused else ""
        print_rank_zero(
            f"{self.root}: the {len(train):,} images in {splits.train} are trained on, the {len(held_out):,} in "
            f"{splits.held_out} are held out{unused}"
        )
        return train, held_out

    def _explain_values(self, content: CacheManifest) -> None:
        for found in content.values:
            print_rank_zero(explain_range(found, self.range, str(self.root), content.bits))
        if self.range is not None and not content.values:
            raise UsageError(
                f"data.range is for images of more than 8 bits, and under data.root={self.root} are none: leave it out"
            )

    def _labels(self, cache: FolderCache, content: CacheManifest) -> Tensor:
        """The class of each readable image."""
        names, of_file = self._classes(cache.found)
        self.class_names = tuple(names)
        print_rank_zero(f"classes: {few([f'{number} {name}' for number, name in enumerate(names)])}")
        number = {name: k for k, name in enumerate(names)}
        return torch.tensor([number[of_file[k]] for k in cache.readable(content)], dtype=torch.int64)

    def _classes(self, found: ImageFiles) -> tuple[list[str], list[str]]:
        names, of_file = image_classes(found, self._splits, self.labels, self.classes)
        check_class_names(names, self._declared_names, f"data.root={self.root}")
        return names, of_file

    def _find(self) -> ImageFiles:
        """The images to train on and those held out."""
        found = find_images(self.root)
        self._splits = split_folders(found.names)
        if self._splits is None:
            return found
        if self._share is not None:
            raise UsageError(
                f"data.held_out={self._share:g} is a share of all images, but data.root={self.root} holds out those in "
                f"{self._splits.held_out}: use data.held_out=null, or data.root={self.root}/{self._splits.train}"
            )
        return found.only(self._splits.uses)

    def _decoded(self) -> tuple[FolderCache, CacheManifest]:
        found = self._find()
        if self.classes:  # refused before anything is decoded
            self._classes(found)
        cache = FolderCache(found, self.shape, self.cache, self.range, self._bits)
        return cache, cache.content() or cache.make()
