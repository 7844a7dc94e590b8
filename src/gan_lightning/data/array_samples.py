"""Conversion of arrays of common layouts and types to samples."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.array_layout import Array, sample_shape, to_nchw
from gan_lightning.data.io.declared_shape import Shape
from gan_lightning.data.io.value_range import HALF_LEVEL, Range, likely_range, scale_to_uint8, shown
from gan_lightning.data.pixels import to_uint8

CENTRED = -0.5  # images within [-1, 1] have pixels below it


def check_flip(flip: bool, shape: Shape) -> bool:
    """`flip`, for samples of this shape.

    Raises:
        UsageError: points are to be mirrored.
    """
    if flip and len(shape) != 3:
        raise UsageError("data.flip=true mirrors images, but these are points: leave it out")
    return flip


def array_to_samples(array: Array, where: str, value_range: Range | None = None, key: str = "range") -> Tensor:
    """The samples, uint8 images [N, C, H, W] or float32 points [N, 2].

    Images are uint8; or bool, black and white; or floats: all within [0, 1], which are multiplied by 255, or else all
    within [-1, 1], of which -1 becomes 0 and 1 becomes 255. Half a level of 8 bits beyond either end is cut off.
    Points are floats of any finite value.

    Args:
        array: of a shape in `array_layout.LAYOUTS`.
        where: names the array in messages.
        value_range: the values of black and white, of images of any numbers; None: by their type, as above.
        key: names `value_range` in messages.

    Raises:
        UsageError: another shape, type or range.
    """
    shape = sample_shape(array.shape, where)
    if value_range is not None and len(shape) == 1:
        raise UsageError(f"{key} is for images, but {where} holds points: leave it out")
    if len(shape) == 1:
        return _points(array, where)
    if value_range is not None and array.dtype.kind in "iuf":
        _check_finite(array, where)
        return _tensor(_scaled(to_nchw(array), value_range))
    if array.dtype == np.uint8:
        return _tensor(to_nchw(array))
    if array.dtype == np.bool_:
        return _tensor(to_nchw(array).astype(np.uint8) * np.uint8(255))
    if array.dtype.kind in "iu" and array.size:
        low, high = float(array.min()), float(array.max())
        raise UsageError(
            f"{where} holds {array.dtype} from {low:g} to {high:g}, but images are uint8, bool or floats: set "
            f"{key}={shown(*likely_range(low, high))}, the values of black and white"
        )
    if array.dtype.kind != "f":
        raise UsageError(f"{where} holds {array.dtype}, but images are uint8, bool or floats: convert it")
    return _images_of_floats(array, where, key)


def _points(array: Array, where: str) -> Tensor:
    if array.dtype.kind != "f":
        raise UsageError(f"{where} holds {array.dtype}, but points are floats: cast it")
    with np.errstate(over="ignore"):
        values = array.astype(np.float32)
    _check_finite(values, where)
    return _tensor(values)


def _images_of_floats(array: Array, where: str, key: str) -> Tensor:
    _check_finite(array, where)
    values = to_nchw(array).astype(np.float32)
    if not values.size:
        return _tensor(values)
    low, high = float(values.min()), float(values.max())
    if low >= -HALF_LEVEL and high <= 1 + HALF_LEVEL:
        return _tensor((values.clip(0, 1) * 255).round().astype(np.uint8))
    if -1 - 2 * HALF_LEVEL <= low <= CENTRED and high <= 1 + 2 * HALF_LEVEL:
        return to_uint8(_tensor(values))
    raise UsageError(
        f"{where} holds floating-point images from {low:g} to {high:g}, which must lie within [0, 1] or [-1, 1]: "
        f"say which values are black and white, {_choices(low, high, key)}, or give uint8 from 0 to 255"
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


def _check_finite(array: Array, where: str) -> None:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise UsageError(f"{where} holds NaN or infinity: take those samples out")


def _tensor(array: Array) -> Tensor:
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))
