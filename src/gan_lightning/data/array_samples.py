"""Conversion of arrays of common layouts and types to samples."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.array_layout import Array, sample_shape, to_nchw
from gan_lightning.data.io.declared_shape import Shape
from gan_lightning.data.pixels import to_uint8


def check_flip(flip: bool, shape: Shape) -> bool:
    """`flip`, for samples of this shape.

    Raises:
        UsageError: points are to be mirrored.
    """
    if flip and len(shape) != 3:
        raise UsageError("data.flip=true mirrors images, but these are points: leave it out")
    return flip


def array_to_samples(array: Array, where: str) -> Tensor:
    """The samples, uint8 images [N, C, H, W] or float32 points [N, 2].

    Images are uint8; or bool, black and white; or floats: all within [0, 1], which are multiplied by 255, or else all
    within [-1, 1], of which -1 becomes 0 and 1 becomes 255. Points are floats of any finite value.

    Raises:
        UsageError: another shape, type or range; `where` names the array.
    """
    shape = sample_shape(array.shape, where)
    if len(shape) == 3 and array.dtype == np.uint8:
        return _tensor(to_nchw(array))
    if len(shape) == 3 and array.dtype == np.bool_:
        return _tensor(to_nchw(array).astype(np.uint8) * np.uint8(255))
    if array.dtype.kind != "f":
        known = "images are uint8, bool or floats" if len(shape) == 3 else "points are floats"
        raise UsageError(f"{where} holds {array.dtype}, but {known}: cast it")
    if not np.isfinite(array).all():
        raise UsageError(f"{where} holds NaN or infinity: take those samples out")
    values = to_nchw(array).astype(np.float32)
    if len(shape) == 1 or not values.size:
        return _tensor(values)
    low, high = float(values.min()), float(values.max())
    if low < -1 or high > 1:
        raise UsageError(
            f"{where} holds floating-point images from {low:g} to {high:g}, which must lie within [0, 1] or [-1, 1]: "
            "scale them, or give uint8 from 0 to 255"
        )
    return _tensor((values * 255).round().astype(np.uint8)) if low >= 0 else to_uint8(_tensor(values))


def _tensor(array: Array) -> Tensor:
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))
