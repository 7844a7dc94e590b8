"""Images, points, series or volumes in an .npy, .npz or .pt file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import BatchSize, Count, Index, NumWorkers, validate_arguments
from gan_lightning.data.array_samples import array_to_samples, check_bands, check_flip, found_bits
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.io.array_labels import array_labels
from gan_lightning.data.io.array_layout import Layout, layout_of, sample_shape, to_channels_first
from gan_lightning.data.io.cache_manifest import Bits
from gan_lightning.data.io.declared_shape import Shape, check_class_names, check_declared_classes, check_declared_shape
from gan_lightning.data.io.label_arrays import LabelKind
from gan_lightning.data.io.memmap import WORKERS, MemmapRows
from gan_lightning.data.io.npy import array_in, find_array_file, header, is_npy
from gan_lightning.data.io.value_range import Range, check_range
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.split import Share, split

LEAVE = "leave data.{} alone, it follows the file"


class Array(AdversarialDataModule):
    """The samples in a file; see `array_to_samples` for layouts and types. For arrays in memory: `TensorData`.

    Args:
        path: of the .npy or .npz file, or a tensor or dict of tensors of torch.save.
        key: name of an array of an .npz file or dict; null: its only one.
        label_key: name of the labels in it; null: y_train of x_train, labels of images, if they are there.
        labels: an .npy file of labels instead; see `label_column` for classes, `label_numbers` for numbers.
        label_kind: classes or numbers; null: whole numbers in one column and one-hot rows are classes.
        held_out: share of the samples held out, the same in every run.
        flip: mirror training images left-right with probability ½.
        range: [black, white], the values in the images; null: by their type, see `array_to_samples`.
        bits: of the values of images: 8, bytes; 16, floats; null: bytes if all are uint8, bool or levels of 8 bits.
        layout: a letter for each axis, such as NCHW, NHWC, NCT (series), NCDHW (volumes); null: found, see `layout_of`.
        bands: channels that pictures show, one or three; null: the first three, of four channels RGBA.
        in_memory_mb: uint8 samples in a larger .npy file are read from disk on demand; all else is loaded into memory.
        shape: declared for other parts of a config; that of the file's header.
        classes: declared for other parts of a config; the number of classes in the labels.
        class_names: declared in the config of a run: the classes in the order of their numbers.
        label_shape: declared for networks to read; [k] of labels of k numbers.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; null: none for samples in memory, 2 for images on disk.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        path: str | None = None,
        key: str | None = None,
        label_key: str | None = None,
        labels: str | None = None,
        label_kind: LabelKind | None = None,
        held_out: Share = 0.1,
        flip: bool = False,
        range: Range | None = None,
        bits: Bits | None = None,
        layout: Layout | None = None,
        bands: Sequence[Index] | None = None,
        in_memory_mb: Count = 2048,
        shape: Shape | None = None,
        classes: Index | None = None,
        class_names: tuple[str, ...] | None = None,
        label_shape: Shape | None = None,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers | None = None,
        device: DataDevice = "cpu",
    ) -> None:
        self.path, self.key, self.in_memory_mb = find_array_file(path), key, in_memory_mb
        names, numbers = array_labels(self.path, key, label_key, labels, label_kind) or ([], None)
        self._labels = None if numbers is None else torch.from_numpy(numbers)
        actual_classes = len(names) if classes is None else check_declared_classes(classes, len(names))
        kinds = () if numbers is None else numbers.shape[1:]
        super().__init__(
            batch_size=batch_size,
            num_workers=num_workers or 0,
            device=device,
            classes=actual_classes,
            label_shape=check_declared_shape(label_shape, kinds, LEAVE.format("label_shape"), "label_shape"),
        )
        self.class_names = check_class_names(names, class_names, f"data.path={self.path}") if names else ()
        self._stored, self._dtype = header(self.path, key)
        actual = sample_shape(self._stored, str(self.path), layout, "data.layout")
        self._shape = check_declared_shape(shape, actual, LEAVE.format("shape"))
        self.layout, self.bands = layout, check_bands(bands, actual)
        self.flip, self.range = check_flip(flip, self._shape), check_range(range, "data.range")
        self._bits = bits
        self._share, self._choose_workers = held_out, num_workers is None

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of one image; of other samples see `layout_of`."""
        return self._shape

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`."""
        train, held_out = split(self._stored[0], self._share, str(self.path))
        if self._labels is not None and len(self._labels) != self._stored[0]:
            raise UsageError(
                f"{self.path} holds {self._stored[0]:,} samples and {len(self._labels):,} labels: give one for each"
            )
        labels, others = (None, None) if self._labels is None else (self._labels[train], self._labels[held_out])
        large = math.prod(self._stored) > self.in_memory_mb * 2**20
        if large and self._dtype == np.uint8 and self.range is None and self._bits != 16 and is_npy(self.path):
            self.num_workers = WORKERS if self._choose_workers else self.num_workers
            self.bits = 8 if len(self._shape) == 3 else None
            view = partial(to_channels_first, layout=layout_of(self._stored, str(self.path), self.layout))
            return (
                SampleTable(MemmapRows(self.path, train, view), flip=self.flip, labels=labels),
                SampleTable(MemmapRows(self.path, held_out, view), labels=others),
            )
        array = array_in(self.path, self.key)
        samples = array_to_samples(array, str(self.path), self.range, self.layout, prefix="data.", bits=self._bits)
        self.bits = found_bits(samples)
        return SampleTable(samples[train], flip=self.flip, labels=labels), SampleTable(samples[held_out], labels=others)
