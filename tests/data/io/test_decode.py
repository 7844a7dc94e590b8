"""One image file of each kind that people have, on colors known beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_lightning.data.io.decode import decode

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


def test_floats_have_no_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(np.ones((8, 8), dtype=np.float32)).save(tmp_path / "image.tiff")
    with pytest.raises(ValueError, match=r"its values of black and white are unknown \(mode F\)"):
        decode(tmp_path / "image.tiff", 8, 3)


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
