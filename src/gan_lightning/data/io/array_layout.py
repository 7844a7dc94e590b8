"""Common layouts of arrays of samples, and their conversion to [N, C, ...]."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.declared_shape import Shape

Array = npt.NDArray[Any]
# N samples; C channels; H, W, D: height, width and depth of images and volumes; T: length of series.
Layout = Literal["NHW", "NHWC", "NCHW", "NT", "NTC", "NCT", "NDHW", "NDHWC", "NCDHW"]
CHANNELS = (1, 3), (1, 2, 3, 4)  # numbers of channels that are recognised: the first of them that one axis alone has
TAKEN = (
    "points [N, d], images [N, H, W], [N, H, W, C] or [N, C, H, W], volumes [N, D, H, W, C] or [N, C, D, H, W] with 1 "
    "to 4 channels, or any layout that is named"
)


def layout_of(shape: Shape, where: str, layout: Layout | None = None, key: str = "layout") -> str:
    """The layout of an array of this shape: as given, or found; "ND" of points.

    Two axes are points, three grey images. Of four (images) and five (volumes), the second or the last is that of the
    channels: the one of 1 or 3, else the one of 1 to 4.

    Args:
        shape: of the whole array.
        where: names the array in messages.
        layout: a letter for each axis; None: found.
        key: names `layout` in messages.

    Raises:
        UsageError: the shape is not of the layout, or is that of no layout or of two.
    """
    if layout is not None and len(layout) != len(shape):
        raise UsageError(f"{where} has shape {list(shape)}, which {key}={layout} is not of: name its {len(shape)} axes")
    if 0 in shape[1:]:
        raise UsageError(f"{where} has shape {list(shape)}, samples without values: {TAKEN} are taken")
    if layout is not None:
        return layout
    if len(shape) in (2, 3):
        return {2: "ND", 3: "NHW"}[len(shape)]
    if len(shape) not in (4, 5):
        raise UsageError(f"{where} has shape {list(shape)}, not that of {TAKEN}: reshape it")
    space = "HW" if len(shape) == 4 else "DHW"
    for channels in CHANNELS:
        first, last = shape[1] in channels, shape[-1] in channels
        if first != last:
            return f"NC{space}" if first else f"N{space}C"
        if first and last:
            break
    raise UsageError(
        f"{where} has shape {list(shape)}, where the channels may be first or last: set {key}=NC{space} or "
        f"{key}=N{space}C"
    )


def to_channels_first(array: Array, layout: str) -> Array:
    """A view of an array of this layout as [N, C, ...]; points as they are."""
    if layout == "ND":
        return array
    if "C" not in layout:
        return array[:, None]
    return np.moveaxis(array, layout.index("C"), 1)


def sample_shape(shape: Shape, where: str, layout: Layout | None = None, key: str = "layout") -> Shape:
    """Shape of one sample, (C, H, W), (C, T), (C, D, H, W) or (d,), in an array of this shape; see `layout_of`."""
    found = layout_of(shape, where, layout, key)
    sizes = dict(zip(found, shape, strict=True))
    if found == "ND":
        return shape[1:]
    return (sizes.get("C", 1), *(size for axis, size in sizes.items() if axis not in "NC"))
