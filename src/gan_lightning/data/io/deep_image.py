"""Images of more than 8 bits a value, at their depth."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from gan_lightning.data.io.luma import LUMA
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
    plane = _rounded(_fitted(_levels(pixels, value_range), size))
    opaque = [np.full_like(plane, WHITE)] if channels == 4 else []
    return np.stack([plane] * (channels - len(opaque)) + opaque)


def fit_deep_colour(
    planes: npt.NDArray[np.uint16], value_range: Range, size: tuple[int, int], channels: int
) -> npt.NDArray[np.uint16]:
    """Colours as uint16 [channels, *size]; see `fit_deep`. On white where transparent, unless there are 4 channels.

    Args:
        planes: [2 (grey and alpha), 3 (RGB) or 4 (RGBA), H, W].
        value_range: of the colours.
        size: height and width.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
    """
    transparent = len(planes) % 2 == 0
    alpha = planes[-1] / WHITE if transparent else np.ones(planes.shape[1:])
    colours = _levels(planes[:-1] if transparent else planes, value_range)
    colours = np.broadcast_to(colours, (3, *alpha.shape)) * alpha
    if channels == 4:  # colours times alpha are resized: what is transparent has no colour
        opacity = _fitted(alpha * WHITE, size).clip(0, WHITE)
        share = np.maximum(opacity / WHITE, 0.5 / WHITE)
        return np.stack([*(_rounded(_fitted(plane, size) / share) for plane in colours), _rounded(opacity)])
    colours = colours + (1 - alpha) * WHITE
    if channels == 1:
        colours = np.tensordot(LUMA, colours, 1)[None]
    return np.stack([_rounded(_fitted(plane, size)) for plane in colours])


def widen(planes: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
    """Values of 8 bits as the same values of 16: 255 becomes 65535."""
    wide: npt.NDArray[np.uint16] = planes.astype(np.uint16) * np.uint16(257)
    return wide


def narrow(planes: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    """Values of 16 bits as the nearest of 8."""
    return np.rint(planes / 257).astype(np.uint8)


def _levels(pixels: npt.NDArray[Any], value_range: Range) -> npt.NDArray[np.float64]:
    low, high = value_range
    levels: npt.NDArray[np.float64] = ((pixels.astype(np.float64) - low) / (high - low)).clip(0, 1) * WHITE
    return levels


def _fitted(levels: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[np.float32]:
    image = Image.fromarray(levels.astype(np.float32))
    return np.asarray(ImageOps.fit(image, size[::-1], Image.Resampling.BICUBIC))


def _rounded(levels: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
    rounded: npt.NDArray[np.uint16] = np.rint(levels).clip(0, WHITE).astype(np.uint16)
    return rounded
