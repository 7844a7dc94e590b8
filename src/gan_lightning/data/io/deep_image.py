"""Grey images of more than 8 bits a value, at their depth."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from gan_lightning.data.io.value_range import Range

WHITE = 65535


def fit_deep(
    pixels: npt.NDArray[Any], value_range: Range, size: tuple[int, int], channels: int
) -> npt.NDArray[np.uint16]:
    """Grey pixels [H, W] as uint16 [channels, *size], scaled and resized as `decode_any` does.

    Args:
        pixels: of any numbers.
        value_range: the values that become 0 and 65535; what lies outside is cut off.
        size: height and width.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA, opaque).
    """
    low, high = value_range
    levels = ((pixels.astype(np.float64) - low) / (high - low)).clip(0, 1) * WHITE
    fitted = ImageOps.fit(Image.fromarray(levels.astype(np.float32)), size[::-1], Image.Resampling.BICUBIC)
    plane = np.rint(np.asarray(fitted)).clip(0, WHITE).astype(np.uint16)
    opaque = [np.full_like(plane, WHITE)] if channels == 4 else []
    return np.stack([plane] * (channels - len(opaque)) + opaque)


def widen(planes: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
    """Values of 8 bits as the same values of 16: 255 becomes 65535."""
    wide: npt.NDArray[np.uint16] = planes.astype(np.uint16) * np.uint16(257)
    return wide
