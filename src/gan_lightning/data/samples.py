"""Arrays of samples, in the layouts and types people keep them in, brought to the ones used here."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_lightning.data.shape import Shape
from gan_lightning.runtime.refusal import Refusal

Array = npt.NDArray[Any]
LAYOUTS = "images [N, H, W], [N, H, W, C] or [N, C, H, W] with 1 or 3 channels, or points [N, 2]"


def sample_shape(shape: Shape, where: str) -> Shape:
    """Of one sample, (C, H, W) or (2,), in an array of this shape; `where` names the array in a refusal.

    Raises:
        Refusal: the shape is that of neither images nor points, or can be read in two ways.
    """
    if len(shape) == 2 and shape[1] == 2:
        return (2,)
    if len(shape) == 3:
        return (1, *shape[1:])
    if len(shape) == 4 and (shape[1] in (1, 3)) != (shape[3] in (1, 3)):
        return shape[1:] if shape[1] in (1, 3) else (shape[3], *shape[1:3])
    raise Refusal(f"{where} has shape {list(shape)}, not (or not only) that of {LAYOUTS}: reshape it")


def arranged(array: Array) -> Array:
    """A view of the array as images [N, C, H, W] or points [N, 2]; its shape passed `sample_shape`."""
    if array.ndim == 3:
        return array[:, None]
    if array.ndim == 4 and array.shape[1] not in (1, 3):
        return np.moveaxis(array, 3, 1)
    return array


def flippable(flip: bool, shape: Shape) -> bool:
    """`flip`, for samples of this shape.

    Raises:
        Refusal: points are to be mirrored.
    """
    if flip and len(shape) != 3:
        raise Refusal("data.flip=true mirrors images, but these are points: leave it out")
    return flip


def rows(array: Array, where: str) -> Tensor:
    """The samples, uint8 images [N, C, H, W] or float32 points [N, 2].

    Images are uint8; or bool, black and white; or floats: all within [0, 1], which are multiplied by 255, or else all
    within [-1, 1], of which -1 becomes 0 and 1 becomes 255. Points are floats of any finite value.

    Raises:
        Refusal: another shape, type or range; `where` names the array.
    """
    shape = sample_shape(array.shape, where)
    if len(shape) == 3 and array.dtype == np.uint8:
        return _tensor(arranged(array))
    if len(shape) == 3 and array.dtype == np.bool_:
        return _tensor(arranged(array).astype(np.uint8) * np.uint8(255))
    if array.dtype.kind != "f":
        known = "images are uint8, bool or floats" if len(shape) == 3 else "points are floats"
        raise Refusal(f"{where} holds {array.dtype}, but {known}: cast it")
    if not np.isfinite(array).all():
        raise Refusal(f"{where} holds NaN or infinity: take those samples out")
    values = arranged(array).astype(np.float32)
    if len(shape) == 1 or not values.size:
        return _tensor(values)
    low, high = float(values.min()), float(values.max())
    if low < -1 or high > 1:
        raise Refusal(
            f"{where} holds floating-point images from {low:g} to {high:g}, which must lie within [0, 1] or [-1, 1]: "
            "scale them, or give uint8 from 0 to 255"
        )
    scaled = values * 255 if low >= 0 else (values + 1) * 127.5
    return _tensor(scaled.round().astype(np.uint8))


def _tensor(array: Array) -> Tensor:
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))
