"""Images of more than 8 bits: which of their values is black and which is white."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gan_lightning.core.errors import UsageError

Range = tuple[float, float]

HALF_LEVEL = 0.5 / 255  # of floats from 0 to 1: what lies outside by less becomes the same byte
COLOUR = "16-bit colour"
NOMINAL: dict[str, Range] = {
    "12-bit": (0, 4095),
    "16-bit": (0, 65535),
    COLOUR: (0, 65535),
    "32-bit integer": (0, 65535),  # no file uses all of its 32 bits
    "floating-point": (0, 1),
}
DARK = 4096  # of 65536: images with lower values only would use 16 of 256 levels at the most
COMMON = tuple(2.0**bits - 1 for bits in (1, 8, 10, 12, 14, 16))


@dataclass
class ValuesFound:
    """The values in the files of one kind.

    Attributes:
        kind: one of `NOMINAL`.
        low: lowest value in any of the files.
        high: highest value.
        files: number of files.
    """

    kind: str
    low: float
    high: float
    files: int = 1

    def merged(self, other: ValuesFound) -> ValuesFound:
        """The values in the files of both."""
        low, high = min(self.low, other.low), max(self.high, other.high)
        return ValuesFound(self.kind, low, high, self.files + other.files)


def check_range(value_range: Range | None, key: str) -> Range | None:
    """`value_range` as a pair of floats.

    Raises:
        UsageError: it is not finite, or its second value is not above its first.
    """
    if value_range is None:
        return None
    low, high = map(float, value_range)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UsageError(
            f"{key}={shown(low, high)} must be the values of black and of white, the second above the first"
        )
    return low, high


def scale_to_uint8(values: npt.NDArray[Any], value_range: Range) -> npt.NDArray[np.uint8]:
    """The values as bytes: `value_range` becomes 0 to 255, the nearest level between; what lies outside is cut off."""
    low, high = value_range
    levels = (values.astype(np.float64) - low) * 255 / (high - low)
    return np.rint(levels).clip(0, 255).astype(np.uint8)


def likely_range(low: float, high: float) -> Range:
    """The range that values from `low` to `high` were most likely stored with."""
    if low < -HALF_LEVEL:
        return (-1, 1) if low >= -1 - HALF_LEVEL and high <= 1 + HALF_LEVEL else (low, high)
    return 0, next((top for top in COMMON if high <= top * (1 + HALF_LEVEL)), high)


def shown(low: float, high: float) -> str:
    """A range as it is typed: [0,4095]."""
    return f"[{_number(low)},{_number(high)}]"


def explain_range(found: ValuesFound, chosen: Range | None, where: str, bits: int = 8) -> str:
    """One line: the values in a folder's files and how they are scaled to 8 or 16 bits.

    Args:
        found: in all files of one kind.
        chosen: the config's data.range; None: the range of the kind.
        where: the folder.
        bits: of the scaled values.

    Raises:
        UsageError: with this range the images would be black, or cut off; names the range to type.
    """
    black, white = NOMINAL[found.kind] if chosen is None else chosen
    used = f"{_number(found.low)} to {_number(found.high)}"
    holds = f"{found.files:,} {found.kind} images under {where} hold values from {used}"
    likely = f"data.range={shown(*likely_range(found.low, found.high))}"
    filled = max(1, int(found.high).bit_length()) if found.low >= 0 else 0
    dark = found.kind != "floating-point" and white == 65535 and found.high < DARK and chosen is None
    if dark:
        raise UsageError(
            f"{holds}, {filled} of 16 bits: set {likely}, or data.range=[0,65535] if they are to be nearly black"
        )
    slack = HALF_LEVEL * (white - black) if found.kind == "floating-point" else 0
    outside = found.low < black - slack or found.high > white + slack
    if outside and chosen is None:
        raise UsageError(f"{holds}, so which of them are black and white is unknown: set {likely}")
    hint = f" ({filled} of 16 bits; {likely} would use all levels)" if white == 65535 and 0 < filled < 15 else ""
    return (
        f"{found.files:,} {found.kind} images, values from {used}: scaled from {shown(black, white)} to {bits} bits"
        f"{hint}"
        f"{'; what lies outside is cut off' if outside else ''}"
    )


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.6g}"
