"""Pairs of images in folders, for translation from one to the other (pix2pix)."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any, Literal

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few
from gan_lightning.core.validation import BatchSize, Count, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_images import Images
from gan_lightning.data.image_folder import ImageFolder
from gan_lightning.data.io.cache_manifest import CacheManifest
from gan_lightning.data.io.declared_shape import Shape, check_declared_shape
from gan_lightning.data.io.find_images import find_images, find_root
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import RowIndexable, SampleTable
from gan_lightning.data.split import Share


class PairedFolder(Images):
    """Images with the images that they are translated from: side by side in one file, or in two folders.

    See `ImageFolder` for files and their decoding.

    Args:
        root: folder of the targets; or, without `inputs`, of files with input and target side by side, of equal widths.
        inputs: folder of the inputs, with the same relative paths (suffixes apart) as the targets.
        direction: of files with both: from the left half to the right one, "AtoB", or back, "BtoA".
        size: height and width of each image, one number or [height, width], to which images are resized.
        channels: 3 (RGB) or 1 (grey), to which images are converted.
        held_out: share of the pairs held out, the same in every run.
        flip: mirror training pairs left-right with probability ½.
        cache: folder for the decoded images; null: the user's cache folder.
        in_memory_mb: larger sets are read from the cache on demand.
        shape: declared for other parts of a config; [channels, height, width] of targets.
        label_shape: declared for networks to read; that of inputs, the same.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        root: str | None = None,
        inputs: str | None = None,
        direction: Literal["AtoB", "BtoA"] = "AtoB",
        size: MediumCount | tuple[MediumCount, MediumCount] = 256,
        channels: Literal[1, 3] = 3,
        held_out: Share = 0.1,
        flip: bool = False,
        cache: str | None = None,
        in_memory_mb: Count = 2048,
        shape: Shape | None = None,
        label_shape: Shape | None = None,
        batch_size: BatchSize = 16,
        num_workers: NumWorkers = 0,
        device: DataDevice = "cpu",
    ) -> None:
        super().__init__(
            size=size, channels=channels, shape=shape, batch_size=batch_size, num_workers=num_workers, device=device
        )
        follows = "it follows data.size and data.channels, set those"
        self.label_shape = check_declared_shape(label_shape, self.shape, follows, "label_shape")
        height, width = self.shape[1:]
        self.flip, self.direction = flip, direction
        self._roots = [find_root(root)]
        if inputs is None:
            width *= 2
        else:
            self._roots.append(find_root(inputs, "data.inputs"))
            if direction != "AtoB":
                raise UsageError("data.direction is for files with both images: exchange data.root and data.inputs")
        self.folders = [
            _Images(
                root=str(folder),
                size=(height, width),
                channels=channels,
                held_out=held_out,
                bits=8,
                cache=cache,
                in_memory_mb=in_memory_mb,
                batch_size=batch_size,
                num_workers=num_workers,
            )
            for folder in self._roots
        ]

    def prepare_data(self) -> None:
        """Decodes images that are not cached; Lightning calls this on one process per machine."""
        for folder in self.folders:
            folder.prepare_data()

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`.

        Raises:
            UsageError: there are no images, some can't be read, or some have no partner.
        """
        if len(self.folders) == 2:
            self._check_names()
            targets, inputs = (folder.load() for folder in self.folders)
            pairs = list(zip(targets, inputs, strict=True))
            tables = [SampleTable(target.rows, labels=source.rows) for target, source in pairs]
        else:
            first, second = (0, 1) if self.direction == "AtoB" else (1, 0)
            both = self.folders[0].load()
            tables = [SampleTable(half(one.rows, second), labels=half(one.rows, first)) for one in both]
        tables[0].flip = self.flip
        return tables[0], tables[1]

    def _check_names(self) -> None:
        targets, inputs = map(_names, self._roots, ("data.root", "data.inputs"))
        if alone := sorted(targets ^ inputs):
            where = "data.inputs" if alone[0] in targets else "data.root"
            raise UsageError(
                f"{len(alone):,} image(s) have no partner of the same name in {where}: "
                f"{few([name.as_posix() for name in alone], 3)}; add them, or take the others out"
            )


def _names(root: Path, key: str) -> set[PurePath]:
    try:
        return {name.with_suffix("") for name in find_images(root).names}
    except UsageError as error:
        raise UsageError(str(error).replace("data.root", key)) from error


class _Images(ImageFolder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._report_unreadable = _refuse_unreadable

    def _explain_values(self, content: CacheManifest) -> None:
        try:
            super()._explain_values(content)
        except UsageError as error:  # here is no data.range
            raise UsageError(f"{str(error).partition(': set ')[0]}: convert them to 8 bits") from error


def _refuse_unreadable(message: str) -> None:
    raise UsageError(f"{message}; remove them, and their partners")


class HalfRows:
    """The left (0) or right (1) halves of rows that are read on access."""

    def __init__(self, rows: RowIndexable, side: int) -> None:
        self.rows, self.side = rows, side

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Tensor) -> Tensor:
        rows = self.rows[index]
        return torch.chunk(rows, 2, -1)[self.side].contiguous()


def half(rows: RowIndexable, side: int) -> RowIndexable:
    """The left (0) or right (1) halves of images that hold two."""
    halves = HalfRows(rows, side)
    return halves[torch.arange(len(rows))] if isinstance(rows, Tensor) else halves
