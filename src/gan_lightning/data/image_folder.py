"""Images in a folder, in archives, in a database, or of a list."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import BatchSize, Count, Index, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_cached_images import CachedImages
from gan_lightning.data.io.cache_manifest import Bits
from gan_lightning.data.io.declared_shape import Shape, check_declared_shape
from gan_lightning.data.io.find_images import find_images, find_root
from gan_lightning.data.io.image_classes import image_classes
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.image_labels import image_labels
from gan_lightning.data.io.label_arrays import LabelKind
from gan_lightning.data.io.split_folders import part_alone, part_folders, split_folders
from gan_lightning.data.io.value_range import Range
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.split import Share


class ImageFolder(CachedImages):
    """Every image under a folder, in an archive or of a list, of whatever size and mode, decoded once and cached.

    See `CachedImages`.

    Args:
        root: the folder, whose sub-folders are searched; a .zip or .tar of images, or a folder of such .tar files
            (WebDataset's shards); an LMDB database of image files; or a .txt of one path a line, relative to its own
            folder.
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
        labels: a file of labels, see `LabelFile`; null: those of a dataset.json in a zip or of the .cls files in a
            tar, or else folders are classes.
        label_kind: classes or numbers; null: whole numbers in one column and one-hot rows are classes.
        classes: number of classes in `labels`, or of folders directly under root, one for each class; in the order of
            their numbers if all have one as their name, else in alphabetical order; 0: images have no labels.
        class_names: declared in the config of a run: the classes in the order of their numbers.
        label_shape: declared for networks to read; [k] of `labels` of k numbers.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; null: none for images in memory, 2 for images on disk.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
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
        label_kind: LabelKind | None = None,
        classes: Index = 0,
        class_names: tuple[str, ...] | None = None,
        label_shape: Shape | None = None,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers | None = None,
        device: DataDevice = "cpu",
    ) -> None:
        self.root, self._together = find_root(root), list[str]()
        self.labels = image_labels(labels, self.root, label_kind) if classes or labels or label_shape else None
        super().__init__(
            origin=str(self.root),
            where=f"data.root={self.root}",
            size=size,
            channels=channels,
            held_out=held_out,
            flip=flip,
            range=range,
            bits=bits,
            unreadable=unreadable,
            cache=cache,
            in_memory_mb=in_memory_mb,
            shape=shape,
            classes=classes,
            class_names=class_names,
            batch_size=batch_size,
            num_workers=num_workers,
            device=device,
        )
        numbers = (self.labels.numbers,) if self.labels and self.labels.numbers else ()
        follows = "leave data.label_shape alone, it follows the labels"
        self.label_shape = check_declared_shape(label_shape, numbers, follows, "label_shape")

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `CachedImages.load`."""
        tables = super().load()
        if self._together and not self.classes:
            print_rank_zero(f"all parts of {self.root} are trained on together: {', '.join(self._together)}")
        return tables

    def classes_of(self, found: ImageFiles) -> tuple[list[str], list[str]]:
        """See `image_classes`."""
        return image_classes(found, self.splits, self.labels, self.classes)

    def numbers_of(self, found: ImageFiles) -> Tensor | None:
        """See `CachedImages.numbers_of`."""
        if self.labels is None or not self.label_shape:
            return None
        return torch.tensor(self.labels.labels_of(found.names), dtype=torch.float32)

    def find(self) -> ImageFiles:
        """The images to train on and those held out; by the folders train and val where these are there."""
        found = find_images(self.root)
        self.splits = split_folders(found.names)
        if self.splits is None:
            self._together = part_folders(found.names)
            return found
        if self.share is not None:
            raise UsageError(
                f"data.held_out={self.share:g} is a share of all images, but data.root={self.root} holds out those in "
                f"{self.splits.held_out}: use data.held_out=null, or {part_alone(self.root, self.splits.train)}"
            )
        return found.only(self.splits.uses)
