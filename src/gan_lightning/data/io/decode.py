"""Decoding of an image file of any size and mode to a square uint8 array."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

MODES = {1: "L", 3: "RGB"}


def decode(source: Path | BinaryIO, size: int, channels: int) -> npt.NDArray[np.uint8]:
    """The image of a file as uint8 [channels, size, size].

    Rotated by its EXIF orientation; on white where it is transparent; 16-bit grey divided by 257; the first
    frame of several; CMYK, palettes and the rest as Pillow converts them. Its shorter side is resized to `size`
    (bicubic, antialiased) and the middle kept.

    Raises:
        Exception: of whatever kind Pillow raises for a file that it can't read.
    """
    with Image.open(source) as file:
        upright = ImageOps.exif_transpose(file)
    flat = _opaque(_eight_bit(upright)).convert(MODES[channels])
    square = ImageOps.fit(flat, (size, size), Image.Resampling.BICUBIC)
    planes: npt.NDArray[np.uint8] = np.asarray(square).reshape(size, size, channels).transpose(2, 0, 1)
    return planes


def _eight_bit(image: Image.Image) -> Image.Image:
    if image.mode[0] not in "IF":
        return image
    values: npt.NDArray[Any] = np.asarray(image)
    if values.dtype.kind == "f" or values.min() < 0 or values.max() > 65535:
        raise ValueError(f"its values of black and white are unknown (mode {image.mode})")
    return Image.fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    over = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over)
