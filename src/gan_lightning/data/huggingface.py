"""Images in a data set of the Hugging Face Hub, or in local folders and parquet files of its library."""

from __future__ import annotations

from typing import Literal

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import BatchSize, Count, Index, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_cached_images import CachedImages
from gan_lightning.data.io.cache_manifest import Bits
from gan_lightning.data.io.declared_shape import Shape
from gan_lightning.data.io.hub_images import HubImages, load_hub_images
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.split_folders import HELD_OUT, SplitFolders
from gan_lightning.data.io.value_range import Range
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.split import Share


class HuggingFace(CachedImages):
    """The images of one split, decoded once and cached; see `CachedImages`.

    Args:
        name: of a data set of the Hub, owner/name; or a folder or .parquet file that the `datasets` library reads.
        split: to train on.
        column: of the images; null: the only one.
        label: column of the classes; null: the only one of the kind ClassLabel, or one called label.
        size: height and width, one number or [height, width], to which images are resized.
        channels: 3 (RGB), 1 (grey) or 4 (RGBA), to which images are converted.
        held_out: share of the images held out, the same in every run; null: a split validation or test, if there is
            one, or else a tenth.
        flip: mirror training images left-right with probability ½.
        range: [black, white], the values in images of more than 8 bits; null: the full range of their type.
        bits: of a value, 8 or 16; null: 16 if any image has more than 8, else 8. A run's config has it.
        unreadable: `refuse` images that can't be read, naming them, or `skip` them with a warning.
        cache: folder for the decoded images; null: the user's cache folder.
        in_memory_mb: larger sets are read from the cache on demand.
        shape: declared for other parts of a config; [channels, height, width].
        classes: number of classes in the column `label`; 0: images have no labels.
        class_names: declared in the config of a run: the classes in the order of their numbers.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; null: none for images in memory, 2 for images on disk.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        name: str | None = None,
        split: str = "train",
        column: str | None = None,
        label: str | None = None,
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
        classes: Index = 0,
        class_names: tuple[str, ...] | None = None,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers | None = None,
        device: DataDevice = "cpu",
    ) -> None:
        if name is None:
            raise UsageError("data.name is not set: give a data set of the Hugging Face Hub, data.name=OWNER/NAME")
        self.split, self.column, self.label = split, column, label
        super().__init__(
            origin=name,
            where=f"data.name={name}",
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

    def find(self) -> ImageFiles:
        """The images of the split, and those of another one that is held out."""
        found = load_hub_images(self.origin, self.column, self.label)
        known = list(found.splits)
        if self.split not in known:
            raise UsageError(f"data.split={self.split} is not in {self.where}: it has {', '.join(known)}")
        others = [name for name in HELD_OUT if name in known and name != self.split]
        if self.share is not None or not others:
            return found.only(lambda name: name.parts[0] == self.split)
        unused = tuple(name for name in known if name not in (self.split, others[0]))
        self.splits = SplitFolders(self.split, others[0], unused)
        return found.only(self.splits.uses)

    def classes_of(self, found: ImageFiles) -> tuple[list[str], list[str]]:
        """The classes by their column.

        Raises:
            UsageError: there is no such column, or their number is another.
        """
        if not isinstance(found, HubImages) or found.labels is None:
            raise UsageError(f"{self.where} has no column of classes: leave out data.classes")
        names, of_image = found.classes()
        if len(names) != self.classes:
            raise UsageError(
                f"data.classes={self.classes}, but the column {found.labels} of {self.where} has {len(names)}: use "
                f"data.classes={len(names)}, or leave it out for images without labels"
            )
        return names, of_image
