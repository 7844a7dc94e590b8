"""Image sizes of networks that double or halve the resolution, and the widths of their levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from gan_lightning.core.errors import UsageError

BASES = (4, 5, 6, 7)


class ResolutionPyramid(NamedTuple):
    """Images (series, volumes) of base·2^levels pixels per side.

    Attributes:
        channels: of the images.
        base: (height, width) of the smallest resolution, level 0; (length,) of series, (depth, height, width) of
            volumes.
        levels: number of doublings up to the images' own resolution.
    """

    channels: int
    base: tuple[int, ...]
    levels: int

    @property
    def area(self) -> int:
        """Pixels at level 0."""
        return math.prod(self.base)

    def size(self, level: int) -> tuple[int, ...]:
        """(height, width) at a level."""
        return tuple(side << level for side in self.base)

    def side(self, level: int) -> int:
        """The shorter side at a level."""
        return min(self.base) << level


def pyramid(shape: Sequence[int], model: str) -> ResolutionPyramid:
    """The base and the number of doublings of images of this shape; see `resolution_levels`.

    Args:
        shape: (channels, height, width).
        model: name of the model, for error messages.

    Raises:
        UsageError: points, or images of a size that networks can't double to; names the nearest sizes.
    """
    draws = f"{model} draws images of (channels, height, width), the data are "
    if len(shape) == 1:
        raise UsageError(f"{draws}points of {shape[0]} numbers: use model=mlp")
    if len(shape) != 3:
        raise UsageError(f"{draws}arrays of shape {tuple(shape)}: use model=mlp, or give images a channel axis")
    channels, *size = shape
    found = resolution_levels(*size)
    if found is None or found[1] == 0:
        nearest = _nearest(*size)
        if size[0] == size[1]:
            raise UsageError(
                f"{model}: {pixels(size)} is not base·2^n with base 4…7; use data.size={nearest} "
                "(data=array has no such key: resize the array)"
            )
        raise UsageError(
            f"{model}: {pixels(size)} do not fit: the shorter side must be base·2^n with base 4…7, the longer one a "
            f"multiple of the same 2^n; use data.size={nearest} (data=array has no such key: resize the array)"
        )
    return ResolutionPyramid(channels, *found)


def resolution_levels(*size: int) -> tuple[tuple[int, ...], int] | None:
    """The base sides and n of a size base·2^n, of which the shortest base side has 4 to 7 px; None: no such.

    The other sides are any multiples of 2^n.
    """
    for base in BASES:
        factor, rest = divmod(min(size), base)
        if not rest and factor.bit_count() == 1 and not any(side % factor for side in size):
            return tuple(side // factor for side in size), factor.bit_length() - 1
    return None


def supported_sizes(size: int) -> list[int]:
    """The sizes nearest to `size` of the form base·2^n with n > 0: itself, or the next larger and next smaller one."""
    sizes: list[int] = []
    for level in count(1):
        sizes += [base << level for base in BASES]
        if sizes[-1] >= size:
            break
    above, below = min(s for s in sizes if s >= size), [s for s in sizes if s < size]
    return [above] if above == size or not below else [above, max(below)]


def supported_rectangles(height: int, width: int) -> list[tuple[int, int]]:
    """The sizes of about the same proportions that networks can double to: (height, width) itself, or one or two."""
    short, long = sorted((height, width))
    found = []
    for side in supported_sizes(short):
        factor = side // next(base for base in BASES if side % base == 0 and (side // base).bit_count() == 1)
        units = long * side / short / factor
        fits = {math.ceil(units), math.floor(units)} if side == short else {round(units)}
        found += [(side, max(side, unit * factor)) for unit in sorted(fits, reverse=True)]
    return [pair if height <= width else pair[::-1] for pair in found]


def pixels(size: Sequence[int]) -> str:
    """(height, width) for messages: "64 px" of squares, "48 × 64 px" of other sizes."""
    height, width = size
    return f"{height} px" if height == width else f"{height} × {width} px"


def _nearest(height: int, width: int) -> str:
    """The nearest sizes, as they are typed."""
    if height == width:
        return " or ".join(str(size) for size in supported_sizes(height))
    return " or ".join(f"[{high},{wide}]" for high, wide in supported_rectangles(height, width))


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
