"""Images, points, series or volumes in memory: the data set for plain Python."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import BatchSize, Index, NumWorkers, validate_arguments
from gan_lightning.data.array_samples import array_to_samples, check_bands, check_flip, found_bits
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.io.array_layout import Array, Layout
from gan_lightning.data.io.cache_manifest import Bits
from gan_lightning.data.io.declared_shape import Shape
from gan_lightning.data.io.value_range import Range, check_range
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.split import Share, split


class TensorData(AdversarialDataModule):
    """A tensor or NumPy array of samples: `TensorData(images, batch_size=64)`.

    Args:
        samples: images [N, H, W], [N, H, W, C] or [N, C, H, W], or volumes [N, C, D, H, W] (uint8; or floats within
            [0, 1] or [-1, 1]), or points [N, d].
        batch_size: global batch of one critic update.
        held_out: share of the samples held out, the same in every run.
        flip: mirror training images left-right with probability ½.
        range: (black, white), the values in the images; None: by their type, see `array_to_samples`.
        bits: of the values of images: 8, bytes; 16, floats; None: bytes if all are uint8, bool or levels of 8 bits.
        layout: a letter for each axis, such as NCHW, NHWC, NCT (series), NCDHW (volumes); None: found, see `layout_of`.
        bands: channels that pictures show, one or three; None: the first three, of four channels RGBA.
        num_workers: processes that prepare steps ahead; 0 suits samples in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
        labels: one for each sample: classes, whole numbers [N] from 0 on; numbers [N, k]; or images [N, C, H, W], uint8
            or floats in [-1, 1]. None for unlabelled data.
    """

    @validate_arguments
    def __init__(
        self,
        samples: Tensor | Array,
        *,
        batch_size: BatchSize = 64,
        held_out: Share = 0.1,
        flip: bool = False,
        range: Range | None = None,
        bits: Bits | None = None,
        layout: Layout | None = None,
        bands: Sequence[Index] | None = None,
        num_workers: NumWorkers = 0,
        device: DataDevice = "cpu",
        labels: Tensor | Array | None = None,
    ) -> None:
        array = _as_array(samples)
        self._labels = None if labels is None else _checked_labels(_as_array(labels), len(array) if array.ndim else 0)
        given = torch.zeros(1, dtype=torch.int64) if self._labels is None else self._labels
        classes = 0 if self._labels is None or given.dim() > 1 else int(given.max()) + 1
        super().__init__(
            batch_size=batch_size,
            num_workers=num_workers,
            classes=classes,
            label_shape=tuple(given.shape[1:]),
            device=device,
        )
        self.rows = array_to_samples(array, "samples", check_range(range, "range"), layout, bits=bits)
        self.bits = found_bits(self.rows)
        self._share, self._flip, self.bands = held_out, check_flip(flip, self.shape), check_bands(bands, self.shape)

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of one image; of other samples see `layout_of`."""
        return tuple(self.rows.shape[1:])

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`."""
        train, held_out = split(len(self.rows), self._share, "samples")
        labels, others = (None, None) if self._labels is None else (self._labels[train], self._labels[held_out])
        return SampleTable(self.rows[train], flip=self._flip, labels=labels), SampleTable(
            self.rows[held_out], labels=others
        )


def _checked_labels(labels: Array, samples: int) -> Tensor:
    numeric = labels.dtype.kind == "f" or (labels.dtype.kind in "iub" and labels.shape[1:] != (1,))
    if numeric and labels.ndim in (2, 4):
        return _numbers_or_images(labels, samples)
    whole = labels.ndim == 1 and labels.size > 0 and (labels.dtype.kind in "iub" or _are_whole_floats(labels))
    if not whole:
        raise UsageError(
            f"labels hold {labels.dtype} of shape {list(labels.shape)}: give whole numbers [N], numbers "
            "[N, k] or images [N, C, H, W], one for each sample"
        )
    if len(labels) != samples or labels.min() < 0:
        raise UsageError(
            f"{len(labels)} labels, the least {int(labels.min())}, for {samples} samples: give one for each, from 0 on"
        )
    return torch.from_numpy(labels.astype(np.int64))


def _numbers_or_images(labels: Array, samples: int) -> Tensor:
    if len(labels) != samples:
        raise UsageError(f"{len(labels)} labels for {samples} samples: give one for each")
    if not np.isfinite(labels).all():
        raise UsageError("labels hold NaN or infinity: take those samples out")
    stored = labels.ndim == 4 and labels.dtype == np.uint8
    return torch.from_numpy(labels if stored else labels.astype(np.float32))


def _are_whole_floats(labels: Array) -> bool:
    return labels.dtype.kind == "f" and bool((labels == labels.round()).all())


def _as_array(samples: Tensor | Array) -> Array:
    if not isinstance(samples, Tensor):
        return np.asarray(samples)
    plain = samples.detach().cpu()
    return (plain.float() if plain.is_floating_point() else plain).numpy()
