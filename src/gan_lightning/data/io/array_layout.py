"""Common layouts of arrays of images and points, and their conversion to [N, C, H, W]."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.declared_shape import Shape

Array = npt.NDArray[Any]
LAYOUTS = "images [N, H, W], [N, H, W, C] or [N, C, H, W] with 1 or 3 channels, or points [N, 2]"


def sample_shape(shape: Shape, where: str) -> Shape:
    """Shape of one sample, (C, H, W) or (2,), in an array of this shape; `where` names the array in errors.

    Raises:
        UsageError: the shape is that of neither images nor points, or can be read in two ways.
    """
    if 0 in shape[1:]:
        raise UsageError(f"{where} has shape {list(shape)}, samples without values: {LAYOUTS} are taken")
    if len(shape) == 2 and shape[1] == 2:
        return (2,)
    if len(shape) == 3:
        return (1, *shape[1:])
    if len(shape) == 4 and (shape[1] in (1, 3)) != (shape[3] in (1, 3)):
        return shape[1:] if shape[1] in (1, 3) else (shape[3], *shape[1:3])
    raise UsageError(f"{where} has shape {list(shape)}, not (or not only) that of {LAYOUTS}: reshape it")


def to_nchw(array: Array) -> Array:
    """A view of the array as images [N, C, H, W] or points [N, 2]; its shape passed `sample_shape`."""
    if array.ndim == 3:
        return array[:, None]
    if array.ndim == 4 and array.shape[1] not in (1, 3):
        return np.moveaxis(array, 3, 1)
    return array
