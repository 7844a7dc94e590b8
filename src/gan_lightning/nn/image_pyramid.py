"""Image sizes of networks that double or halve the resolution, and the widths of their levels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from gan_lightning.core.errors import UsageError

BASES = (4, 5, 6, 7)


class ResolutionPyramid(NamedTuple):
    """Square images of base·2^levels pixels."""

    channels: int
    base: int
    levels: int

    @property
    def size(self) -> int:
        """Height and width, in pixels."""
        return self.base << self.levels


def pyramid(shape: Sequence[int], model: str) -> ResolutionPyramid:
    """The base (4 to 7 px) and number of doublings of images of this shape.

    Args:
        shape: (channels, height, width).
        model: name of the model, for error messages.

    Raises:
        UsageError: points, images that are not square, or of a size that is not base·2^n with n > 0.
    """
    draws = f"{model} draws images of (channels, height, width), the data are "
    if len(shape) == 1:
        raise UsageError(f"{draws}points of {shape[0]} numbers: use model=mlp")
    if len(shape) != 3:
        raise UsageError(f"{draws}arrays of shape {tuple(shape)}: use model=mlp, or give images a channel axis")
    channels, height, width = shape
    if height != width:
        alternative = " or ".join(str(size) for size in supported_sizes(min(height, width)))
        raise UsageError(
            f"{model} draws square images, the data are {height} × {width} px: "
            f"use data.size={alternative} (data=array has no such key: resize the array)"
        )
    for base in BASES:
        factor = height // base
        if height % base == 0 and factor > 1 and factor.bit_count() == 1:
            return ResolutionPyramid(channels, base, factor.bit_length() - 1)
    alternative = " or ".join(str(size) for size in supported_sizes(height))
    raise UsageError(
        f"{model}: {height} px is not base·2^n with base 4…7; use data.size={alternative} "
        "(data=array has no such key: resize the array)"
    )


def supported_sizes(size: int) -> list[int]:
    """The sizes nearest to `size` of the form base·2^n with n > 0: itself, or the next larger and next smaller one."""
    sizes: list[int] = []
    for level in count(1):
        sizes += [base << level for base in BASES]
        if sizes[-1] >= size:
            break
    above, below = min(s for s in sizes if s >= size), [s for s in sizes if s < size]
    return [above] if above == size or not below else [above, max(below)]


def widths_from_image(entries: int, *, width: int, max_width: int, model: str) -> list[int]:
    """Channels from the image inwards: `width`, doubling per level, never above `max_width`.

    Raises:
        UsageError: `width` is above `max_width`.
    """
    if width > max_width:
        raise UsageError(f"{model}: width={width} is above max_width={max_width}: raise max_width to {width} or more")
    return [min(width << level, max_width) for level in range(entries)]


def check_widths(widths: Sequence[int], like: Sequence[int], where: str) -> list[int]:
    """The given widths, checked to be as many as the derived ones, `like`.

    Raises:
        UsageError: their number differs.
    """
    if len(widths) != len(like):
        raise UsageError(
            f"{where}: widths={list(widths)} has {len(widths)} entries, not {len(like)} as in {list(like)}"
        )
    return list(widths)
