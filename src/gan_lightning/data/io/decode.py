"""Decoding of an image file of any size and mode to an array of 8 or 16 bits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from gan_lightning.data.io.deep_colour import read_deep_colour
from gan_lightning.data.io.deep_image import fit_deep, fit_deep_colour, narrow
from gan_lightning.data.io.value_range import COLOUR, NOMINAL, Range, ValuesFound, scale_to_uint8

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
# Formats that are left out: EPS is a program, which Ghostscript would run; an IPTC file can hold one;
# of the others Pillow reads the header only.
LEFT_OUT = {"EPS", "IPTC", "BUFR", "GRIB", "HDF5", "MPEG", "WMF"}
SIXTEEN_BIT_FILES = {"PNG", "PPM", "JPEG2000"}  # where mode I means 16 bits
BITS_PER_SAMPLE = 258  # tag of a TIFF
JPEG2000_HEAD = 65536  # bytes in which the codestream begins, after boxes such as a colour profile


class Decoded(NamedTuple):
    """One image.

    Attributes:
        planes: uint8 or uint16 [channels, height, width].
        values: range of the file's values if it has more than 8 bits, else None.
    """

    planes: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    values: ValuesFound | None


@cache
def suffixes() -> dict[str, str]:
    """Suffix (".png") → format of every image file that Pillow reads here."""
    Image.init()
    with suppress(ImportError):  # the extra heic: photos of iPhones
        import_module("pillow_heif").register_heif_opener()
    readable = (set(Image.OPEN) | {"MPO"}) - LEFT_OUT  # MPO is opened as JPEG
    return {suffix: kind for suffix, kind in Image.registered_extensions().items() if kind in readable}


@cache
def readable_formats() -> tuple[str, ...]:
    """Names of the formats that `Image.open` is to try."""
    known = set(suffixes().values())
    return tuple(kind for kind in Image.ID if kind in known)


def decode(source: Path | BinaryIO, size: int | Sequence[int], channels: int) -> npt.NDArray[np.uint8]:
    """The image of a file as uint8 [channels, height, width]; see `decode_any`."""
    planes: npt.NDArray[np.uint8] = decode_any(source, size, channels).planes.astype(np.uint8, copy=False)
    return planes


def decode_any(
    source: Path | BinaryIO,
    size: int | Sequence[int],
    channels: int,
    value_range: Range | None = None,
    deep: bool = False,
) -> Decoded:
    """The image of a file as uint8 [channels, *size], and the range of its values before; one `size` is both sides.

    Rotated by its EXIF orientation; on white where it is transparent, unless there are four channels, RGBA; grey of
    more than 8 bits scaled from `value_range` (None: that of the file's type, see `NOMINAL`); the first frame of
    several; CMYK, palettes and the rest as Pillow converts them. It is resized until it just covers `size` (bicubic,
    antialiased), and the middle is kept.

    Args:
        source: the file.
        size: height and width of the result.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        value_range: black and white of a file of more than 8 bits.
        deep: a file of more than 8 bits becomes uint16; without, and without a range, of colours the upper 8 bits are
            read.

    Raises:
        UsageError: colours of more than 8 bits are in a format of which nothing here reads more.
        Exception: of whatever kind Pillow raises for a file that it can't read.
    """
    height, width = (size, size) if isinstance(size, int) else size
    with Image.open(source, formats=readable_formats()) as file:
        kind = _kind(file)
        if kind == COLOUR and (deep or value_range is not None):
            colours = read_deep_colour(_content(source), file)
            grey_or_rgb = colours[:-1] if len(colours) % 2 == 0 else colours
            found = ValuesFound(kind, *_extremes(grey_or_rgb))
            fitted_colours = fit_deep_colour(colours, value_range or NOMINAL[kind], (height, width), channels)
            return Decoded(fitted_colours if deep else narrow(fitted_colours), found)
        upright = ImageOps.exif_transpose(file)
    values = None
    if kind == COLOUR:
        low, high = _extremes(np.asarray(upright.convert("RGB")))  # the upper 8 of 16 bits
        values = ValuesFound(kind, low * 256, high * 256 + 255)
    elif kind is not None:
        pixels: npt.NDArray[Any] = np.asarray(upright)
        values = ValuesFound(kind, *_extremes(pixels))
        used = NOMINAL[kind] if value_range is None else value_range
        if deep:
            return Decoded(fit_deep(pixels, used, (height, width), channels), values)
        upright = Image.fromarray(scale_to_uint8(pixels, used))
    seen = (upright if channels == 4 else _opaque(upright)).convert(MODES[channels])
    fitted = ImageOps.fit(seen, (width, height), Image.Resampling.BICUBIC)
    planes: npt.NDArray[np.uint8] = np.asarray(fitted).reshape(height, width, channels).transpose(2, 0, 1)
    return Decoded(planes, values)


def in_eight_bits(file: Image.Image) -> Image.Image:
    """Grey of more than 8 bits scaled to 8 by the file's type, which Pillow would cut off; others as they are."""
    kind = _kind(file)
    return file if kind in (None, COLOUR) else Image.fromarray(scale_to_uint8(np.asarray(file), NOMINAL[kind]))


def _kind(file: Image.Image) -> str | None:
    """The file's kind of values, a key of `NOMINAL`; None for 8 bits or fewer."""
    arguments = [(tile.args,) if isinstance(tile.args, str) else tile.args or ("",) for tile in _tiles(file)]
    raw = {str(first) for first, *_ in arguments}
    if file.mode == "F":
        return "floating-point"
    if file.mode.startswith("I;16"):
        return "12-bit" if "I;12" in raw else "16-bit"
    if file.mode == "I":
        return "16-bit" if file.format in SIXTEEN_BIT_FILES else "32-bit integer"
    tiff = max([8, *getattr(file, "tag_v2", {}).get(BITS_PER_SAMPLE, ())]) > 8
    ppm = file.format == "PPM" and any(white > 255 for _, *others in arguments for white in others[:1])
    jpeg2000 = file.format == "JPEG2000" and _jpeg2000_bits(file) > 8
    return COLOUR if tiff or ppm or jpeg2000 or any(";16" in mode for mode in raw) else None


def _jpeg2000_bits(file: Image.Image) -> int:
    """Bits of the first component, from the SIZ segment of its codestream (ITU-T T.800, A.5.1); 8 if there is none."""
    stream = cast(BinaryIO, file.fp)  # type: ignore[attr-defined]
    place = stream.tell()
    stream.seek(0)
    head = stream.read(JPEG2000_HEAD)
    stream.seek(place)
    at = head.find(b"\xff\x4f\xff\x51") + 42  # start of codestream, SIZ; then lengths and sizes
    return (head[at] & 0x7F) + 1 if 42 <= at < len(head) else 8


def _content(source: Path | BinaryIO) -> bytes:
    if isinstance(source, Path):
        return source.read_bytes()
    source.seek(0)
    return source.read()


def _tiles(file: Image.Image) -> list[Any]:
    return getattr(file, "tile", [])


def _extremes(values: npt.NDArray[Any]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise ValueError("it holds NaN or infinity")
    return low, high


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    over = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over)
