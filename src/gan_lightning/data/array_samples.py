"""Conversion of arrays of common layouts and types to samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.array_layout import Array, Layout, layout_of, sample_shape, to_channels_first
from gan_lightning.data.io.cache_manifest import Bits
from gan_lightning.data.io.declared_shape import Shape, kind_of
from gan_lightning.data.io.value_range import HALF_LEVEL, Range, likely_range, scale_to_uint8, shown
from gan_lightning.data.pixels import to_uint8

CENTRED = -0.5  # images within [-1, 1] have pixels below it


def check_flip(flip: bool, shape: Shape) -> bool:
    """`flip`, for samples of this shape.

    Raises:
        UsageError: other than images are to be mirrored.
    """
    if flip and len(shape) != 3:
        raise UsageError(f"data.flip=true mirrors images, but these are {kind_of(shape)}: leave it out")
    return flip


def check_bands(bands: Sequence[int] | None, shape: Shape) -> tuple[int, ...] | None:
    """The channels that pictures show, for samples of this shape.

    Raises:
        UsageError: they are neither one channel nor three, or there are no such channels.
    """
    if bands is None:
        return None
    channels = shape[0] if len(shape) > 1 else 0
    if len(bands) not in (1, 3) or not all(0 <= band < channels for band in bands):
        raise UsageError(
            f"data.bands={list(bands)}: name one channel, drawn grey, or three, drawn red, green and blue, of the "
            f"{channels} in the data, from 0 on"
        )
    return tuple(bands)


def found_bits(samples: Tensor) -> int | None:
    """8 for images of bytes, 16 for images of floats; None for other samples."""
    if samples.dim() != 4:
        return None
    return 8 if samples.dtype == torch.uint8 else 16


def array_to_samples(
    array: Array,
    where: str,
    value_range: Range | None = None,
    layout: Layout | None = None,
    *,
    prefix: str = "",
    bits: Bits | None = 8,
) -> Tensor:
    """The samples: uint8 images [N, C, H, W]; points [N, d], series [N, C, T] and volumes [N, C, D, H, W] as float32.

    All but points are uint8; or bool, black and white; or floats: all within [0, 1], or else all within [-1, 1]. Of
    images these become bytes, 0 to 255, or floats in [-1, 1] by `bits`; of series and volumes floats in [-1, 1], and
    bytes stay bytes. Half a level of 8 bits beyond either end is cut off. Points are floats of any finite value.

    Args:
        array: see `array_layout.layout_of` for its axes.
        where: names the array in messages.
        value_range: the values of black and white (of series: the lowest and highest), of any numbers; None: by their
            type, as above.
        layout: a letter for each axis; None: found.
        prefix: of keys in messages.
        bits: of the values of images: 8, bytes; 16, floats; None: bytes if all values are levels of 8 bits.

    Raises:
        UsageError: another shape, type or range.
    """
    key, axes = f"{prefix}range", layout_of(array.shape, where, layout, f"{prefix}layout")
    kind = kind_of(sample_shape(array.shape, where, layout))
    ends = "the values of black and white" if kind == "images" else "the ends of the scale"
    if axes == "ND":
        if value_range is not None:
            raise UsageError(f"{key} is for images, but {where} holds points: leave it out")
        return _points(array, where, prefix)
    values = to_channels_first(array, axes)
    if value_range is not None and array.dtype.kind in "iuf":
        _check_finite(array, where)
        if kind == "images" and not _is_deep(values, value_range, bits):
            return _tensor(_scaled(values, value_range))
        return _tensor(_centred(values, value_range))
    if array.dtype in (np.uint8, np.bool_):
        stored = values if array.dtype == np.uint8 else values.astype(np.uint8) * np.uint8(255)
        return _tensor(_centred(stored, (0, 255)) if kind == "images" and bits == 16 else stored)
    if array.dtype.kind in "iu" and array.size:
        low, high = float(array.min()), float(array.max())
        raise UsageError(
            f"{where} holds {array.dtype} from {low:g} to {high:g}, but {kind} are uint8, bool or floats: set "
            f"{key}={shown(*likely_range(low, high))}, {ends}"
        )
    if array.dtype.kind != "f":
        raise UsageError(f"{where} holds {array.dtype}, but {kind} are uint8, bool or floats: convert it")
    return _floats(array, values, where, key, kind, bits)


def _points(array: Array, where: str, prefix: str) -> Tensor:
    if array.dtype.kind != "f":
        raise UsageError(
            f"{where} holds {array.dtype} of shape {list(array.shape)}, but points [N, d] are floats: cast it, reshape "
            f"it to images [N, H, W], or set {prefix}layout=NT for series"
        )
    with np.errstate(over="ignore"):
        values = array.astype(np.float32)
    _check_finite(values, where)
    return _tensor(values)


def _floats(array: Array, values: Array, where: str, key: str, kind: str, bits: Bits | None) -> Tensor:
    _check_finite(array, where)
    stored, values = values, values.astype(np.float32)
    if not values.size:
        return _tensor(values)
    low, high = float(values.min()), float(values.max())
    if low >= -HALF_LEVEL and high <= 1 + HALF_LEVEL:
        if kind == "images" and not _is_deep(stored, (0, 1), bits):
            return _tensor((values.clip(0, 1) * 255).round().astype(np.uint8))
        return _tensor(values.clip(0, 1) * 2 - 1)
    if -1 - 2 * HALF_LEVEL <= low <= CENTRED and high <= 1 + 2 * HALF_LEVEL:
        in_bytes = kind == "images" and not _is_deep(stored, (-1, 1), bits)
        return to_uint8(_tensor(values)) if in_bytes else _tensor(values.clip(-1, 1))
    raise UsageError(
        f"{where} holds floating-point {kind} from {low:g} to {high:g}, which must lie within [0, 1] or [-1, 1]: "
        f"say which values are {'black and white' if kind == 'images' else 'the ends of the scale'}, "
        f"{_choices(low, high, key)}, or give uint8 from 0 to 255"
    )


def _choices(low: float, high: float, key: str) -> str:
    """The ranges to type: where values lie a little below 0, either of the two usual ones."""
    if CENTRED < low < 0 and high <= 1.5:
        return f"{key}=[0,1] or {key}=[-1,1]"
    return f"{key}={shown(*likely_range(low, high))}"


def _scaled(images: Array, value_range: Range) -> Array:
    scaled = np.empty(images.shape, np.uint8)
    for first in range(0, len(images), 256):  # float64 of all at once would take eight times the memory
        scaled[first : first + 256] = scale_to_uint8(images[first : first + 256], value_range)
    return scaled


def _is_deep(images: Array, value_range: Range, bits: Bits | None) -> bool:
    """True if images are to be floats: by choice, or since their values need more than 8 bits.

    256 levels, or whole numbers within a range of 255, need no more.
    """
    if bits is not None:
        return bits == 16
    low, high = value_range
    if high - low <= 255 and (images.dtype.kind in "iu" or _are_whole(images, 1, 0)):
        return False
    rounding = 255 * np.finfo(images.dtype).eps if images.dtype.kind == "f" else 0
    return not _are_whole(images, 255 / (high - low), low, max(1e-3, rounding))


def _are_whole(images: Array, factor: float, offset: float, tolerance: float = 0) -> bool:
    """True if (image - offset) × factor are whole numbers."""
    for first in range(0, len(images), 256):
        levels = (images[first : first + 256].astype(np.float64) - offset) * factor
        if (np.abs(levels - np.rint(levels)) > tolerance).any():
            return False
    return True


def _centred(values: Array, value_range: Range) -> Array:
    low, high = value_range
    centred = np.empty(values.shape, np.float32)
    for first in range(0, len(values), 256):  # float64 of all at once would take twice the memory
        part = (values[first : first + 256].astype(np.float64) - low) * 2 / (high - low) - 1
        centred[first : first + 256] = part.clip(-1, 1)
    return centred


def _check_finite(array: Array, where: str) -> None:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise UsageError(f"{where} holds NaN or infinity: take those samples out")


def _tensor(array: Array) -> Tensor:
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))
