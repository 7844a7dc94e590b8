"""One image file of each kind that people have, on colors known beforehand."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from gan_lightning.data.io.decode import decode, decode_any, suffixes
from gan_lightning.data.io.folder_cache import FolderCache
from gan_lightning.data.io.image_files import images_in

RED, BLUE = (255, 0, 0), (0, 0, 255)


def halves(width: int = 8, height: int = 8) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def colors(path: Path, size: int = 8) -> list[list[int]]:
    """Of the middles of the left and of the right edge."""
    decoded = decode(path, size, 3)
    assert decoded.shape == (3, size, size)
    assert decoded.dtype == np.uint8
    return [decoded[:, size // 2, x].tolist() for x in (0, size - 1)]


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm", "gif", "tga"])
def test_kinds_without_loss(tmp_path: Path, suffix: str) -> None:
    halves().save(tmp_path / f"image.{suffix}")
    assert colors(tmp_path / f"image.{suffix}") == [list(RED), list(BLUE)]


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_jpeg(tmp_path: Path, mode: str) -> None:
    halves(32, 32).convert(mode).save(tmp_path / "image.jpg", quality=95, subsampling=0)
    assert np.abs(np.array(colors(tmp_path / "image.jpg", 32)) - [RED, BLUE]).max() < 6


def test_palette(tmp_path: Path) -> None:
    halves().quantize(2).save(tmp_path / "image.png")
    assert colors(tmp_path / "image.png") == [list(RED), list(BLUE)]


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    image = halves().convert("RGBA")
    alpha = Image.new("L", (8, 8), 0)
    alpha.paste(51, (4, 0, 8, 8))  # a fifth
    image.putalpha(alpha)
    image.save(tmp_path / "image.png")
    assert colors(tmp_path / "image.png") == [[255, 255, 255], [204, 204, 255]]


def test_a_transparent_palette_color_is_white(tmp_path: Path) -> None:
    image = halves().quantize(2)
    image.save(tmp_path / "image.png", transparency=image.getpixel((7, 4)))
    assert colors(tmp_path / "image.png") == [list(RED), [255, 255, 255]]


def test_grey_with_transparency(tmp_path: Path) -> None:
    image = Image.new("LA", (8, 8), (100, 255))
    image.paste((100, 0), (4, 0, 8, 8))
    image.save(tmp_path / "image.png")
    assert colors(tmp_path / "image.png") == [[100] * 3, [255] * 3]


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bits(tmp_path: Path, suffix: str) -> None:
    values = np.full((8, 8), 65535, dtype=np.uint16)
    values[:, :4] = 257 * 90 + 128  # just below half way to 91
    Image.fromarray(values).save(tmp_path / f"image.{suffix}")
    assert colors(tmp_path / f"image.{suffix}") == [[90] * 3, [255] * 3]


def test_one_bit(tmp_path: Path) -> None:
    image = Image.new("1", (8, 8), 0)
    image.paste(1, (4, 0, 8, 8))
    image.save(tmp_path / "image.png")
    assert colors(tmp_path / "image.png") == [[0] * 3, [255] * 3]


@pytest.mark.parametrize(
    ("values", "kind", "black_and_white"),
    [
        (np.array([[0, 4095]], np.uint16), "16-bit", (0, 4095)),
        (np.array([[-1000, 3000]], np.int32), "32-bit integer", (-1000, 3000)),
        (np.array([[-1, 1]], np.float32), "floating-point", (-1, 1)),
    ],
)
@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_a_given_range_becomes_black_and_white(
    tmp_path: Path, values: np.ndarray, kind: str, black_and_white: tuple[float, float], suffix: str
) -> None:
    if suffix == "png" and kind != "16-bit":
        pytest.skip("PNG holds 16 bits at the most")
    Image.fromarray(np.tile(values.repeat(4, 1), (8, 1))).save(tmp_path / f"image.{suffix}")
    planes, found = decode_any(tmp_path / f"image.{suffix}", 8, 1, black_and_white)
    assert found is not None
    assert (found.kind, (found.low, found.high)) == (kind, black_and_white)
    assert planes[0, 4, [0, 7]].tolist() == [0, 255]


def test_a_file_that_holds_nan_is_not_decoded(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), np.nan, dtype=np.float32)).save(tmp_path / "image.tiff")
    with pytest.raises(ValueError, match="NaN or infinity"):
        decode(tmp_path / "image.tiff", 8, 3)


def test_eight_bits_have_no_range_of_their_own(tmp_path: Path) -> None:
    halves().save(tmp_path / "image.png")
    assert decode_any(tmp_path / "image.png", 8, 3, (0, 4095)).values is None
    assert colors(tmp_path / "image.png") == [list(RED), list(BLUE)]


def sixteen_bit_colour(path: Path, value: int) -> None:
    """An RGB PNG of 16 bits, all pixels of one value; Pillow writes none."""
    row = b"\0" + struct.pack(">H", value) * 3 * 8
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 8)),
        (b"IEND", b""),
    ]
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))


def test_colour_of_sixteen_bits_is_known_as_such(tmp_path: Path) -> None:
    sixteen_bit_colour(tmp_path / "image.png", 0x0FFF)
    planes, found = decode_any(tmp_path / "image.png", 8, 3)
    assert planes.max() == 0x0F
    assert found is not None
    assert (found.kind, found.high) == ("16-bit colour", 0x0FFF)


@pytest.mark.parametrize("content", [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n"])
def test_no_program_is_run_for_an_image(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.check_call", lambda *_, **__: pytest.fail("ran Ghostscript"))
    (tmp_path / "image.png").write_bytes(content)
    with pytest.raises(UnidentifiedImageError):
        decode(tmp_path / "image.png", 8, 3)
    assert not {".eps", ".ps", ".iim"} & set(suffixes())


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The file with a few bytes changed, set to extremes, or removed."""
    changed = bytearray(content)
    for _ in range(rng.choice([1, 2, 5, 30])):
        at = rng.randrange(len(changed))
        match rng.randrange(3):
            case 0:
                changed[at] = rng.randrange(256)
            case 1:
                changed[at : at + 4] = rng.choice([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"])
            case _:
                del changed[at : min(at + rng.randrange(1, 40), len(changed) - 1)]
    return bytes(changed)


KINDS = (
    "PNG",
    "JPEG",
    "GIF",
    "TIFF",
    "WEBP",
    "BMP",
    "ICO",
    "PPM",
    "TGA",
    "PCX",
    "JPEG2000",
    "SGI",
    "ICNS",
    "DDS",
)


def test_mutated_images_are_read_or_refused_one_by_one(tmp_path: Path) -> None:
    """Nothing but a reason, or the image: no crash, no hang, and nothing that would stop decoding."""
    rng, folder = random.Random(0), tmp_path / "images"
    folder.mkdir()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8))
    for kind in KINDS:
        stream = io.BytesIO()
        noise.save(stream, kind)
        for number in range(20):
            (folder / f"{kind}_{number:02}.png").write_bytes(mutated(stream.getvalue(), rng))
    cache = FolderCache(images_in(folder), (3, 16, 16), tmp_path / "cache")
    content = cache.make()
    assert content.rows + len(content.unreadable) == 20 * len(KINDS)
    assert 20 < content.rows < 280
    assert all(reason and "\n" not in reason and len(reason) <= 200 for _, reason in content.unreadable)
    assert cache.content() == content


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, lambda upright: upright),
        (2, lambda upright: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        (3, lambda upright: upright.rotate(180)),
        (6, lambda upright: upright.rotate(90, expand=True)),
        (8, lambda upright: upright.rotate(270, expand=True)),
    ],
)
def test_a_photo_is_turned_upright(tmp_path: Path, orientation: int, stored) -> None:  # type: ignore[no-untyped-def]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored(halves()).save(tmp_path / "image.png", exif=exif)
    assert colors(tmp_path / "image.png") == [list(RED), list(BLUE)]


def test_the_first_frame_of_several(tmp_path: Path) -> None:
    halves().save(tmp_path / "image.gif", save_all=True, append_images=[Image.new("RGB", (8, 8), "green")])
    assert colors(tmp_path / "image.gif") == [list(RED), list(BLUE)]


def test_the_middle_of_a_long_image_is_kept(tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 8), "white")
    image.paste(halves(), (16, 0))
    image.save(tmp_path / "wide.png")
    image.rotate(90, expand=True).save(tmp_path / "tall.png")
    assert colors(tmp_path / "wide.png") == [list(RED), list(BLUE)]
    assert (decode(tmp_path / "tall.png", 8, 3) != 255).any(0).all()


def test_grey_of_color(tmp_path: Path) -> None:
    halves().save(tmp_path / "image.png")
    decoded = decode(tmp_path / "image.png", 8, 1)
    assert decoded.shape == (1, 8, 8)
    assert decoded[0, 4, [0, 7]].tolist() == [76, 29]  # 255 · .299 and 255 · .114
