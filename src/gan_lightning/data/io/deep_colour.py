"""Colour images of 16 bits a value, of which Pillow reads the upper 8 bits."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps

from gan_lightning.core.errors import UsageError
from gan_lightning.core.extras import import_extra

READERS = {"PNG": "png_decode", "TIFF": "tiff_decode", "JPEG2000": "jpeg2k_decode"}  # of imagecodecs
EXTRA_SAMPLES, PREMULTIPLIED = 338, 1  # tag of a TIFF, and its value for colours multiplied by their alpha


def read_deep_colour(content: bytes, opened: Image.Image) -> npt.NDArray[np.uint16]:
    """The values in a file of 16-bit colours, uint16 [C, H, W]: grey and alpha, RGB or RGBA; upright by EXIF.

    Read by imagecodecs, the extra deep.

    Args:
        content: of the file.
        opened: the same by Pillow, of which the header alone is read.

    Raises:
        UsageError: the extra is not installed, or the files are of another format.
        Exception: of whatever kind a reader raises for a file that it can't read.
    """
    kind = str(opened.format)
    if kind not in READERS or opened.mode not in ("RGB", "RGBA"):  # Pillow's mode of grey and alpha, too
        raise UsageError(
            f"16-bit colours of {kind} files ({opened.mode}) can't be read: convert them to RGB in PNG files, or take "
            "the upper 8 bits with data.bits=8"
        )
    pixels: npt.NDArray[Any] = getattr(_codecs(kind), READERS[kind])(content)
    one_after_another = kind == "TIFF" and pixels.shape[-1] not in (3, 4)
    planes = (pixels if one_after_another else np.moveaxis(pixels, -1, 0))[: len(opened.mode)]
    if len(planes) < 2 or sorted(planes.shape[1:]) != sorted(opened.size) or planes.dtype != np.uint16:
        raise ValueError(f"it holds {planes.dtype} {list(planes.shape)} in place of colours of 16 bits")
    if PREMULTIPLIED in getattr(opened, "tag_v2", {}).get(EXTRA_SAMPLES, ()):
        straight = planes[:-1] * 65535.0 / planes[-1:].clip(1)
        planes = np.concatenate([np.rint(straight).clip(0, 65535).astype(np.uint16), planes[-1:]])
    orientation = opened.getexif().get(ExifTags.Base.Orientation, 1)
    return np.stack([_upright(plane, orientation) for plane in planes])


def _codecs(kind: str) -> ModuleType:
    try:
        return import_extra("imagecodecs", "deep")
    except UsageError as error:
        raise UsageError(
            f"{error} reads {kind} files of 16-bit colours; data.bits=8 takes their upper 8 bits"
        ) from error


def _upright(plane: npt.NDArray[np.uint16], orientation: int) -> npt.NDArray[np.uint16]:
    image = Image.fromarray(plane)
    image.getexif()[ExifTags.Base.Orientation] = orientation
    return np.asarray(ImageOps.exif_transpose(image))
