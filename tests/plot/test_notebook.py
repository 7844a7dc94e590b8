from __future__ import annotations

import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from gan_lightning.plot.notebook import GAP, LINE, NotebookFigure
from gan_lightning.plot.series import page_of

RED, BLUE = (200, 0, 0), (0, 0, 200)


def stored(shown: NotebookFigure) -> tuple[Image.Image, int]:
    data, page = shown._repr_png_()
    return Image.open(io.BytesIO(data)).convert("RGB"), page["width"]


def _empty() -> Figure:
    page = page_of(300, 100)
    page.text(0, 0, "a figure")
    return page


def test_a_small_picture_stays_as_it_is() -> None:
    picture = Image.new("RGB", (60, 40), RED)
    picture.putpixel((3, 5), BLUE)
    found, width = stored(NotebookFigure(picture))
    assert width == 60
    assert np.array_equal(np.asarray(found), np.asarray(picture))


def test_a_figure_has_two_pixels_for_one_of_the_page() -> None:
    found, width = stored(NotebookFigure(_empty()))
    assert (found.size, width) == ((600, 200), 300)


def test_side_by_side_at_the_height_of_the_lowest() -> None:
    found, width = stored(
        NotebookFigure(Image.new("RGB", (100, 50), RED), Image.new("RGB", (200, 200), BLUE), width=1000)
    )
    assert found.size == (100 + GAP + 50, 50)
    assert width == found.width  # nothing is enlarged
    assert found.getpixel((99, 25)) == RED
    assert found.getpixel((100 + GAP // 2, 25)) == (255, 255, 255)
    assert found.getpixel((100 + GAP, 25)) == BLUE


def test_at_most_the_given_width_at_two_pixels_for_one() -> None:
    found, width = stored(NotebookFigure(*[Image.new("RGB", (640, 320), RED)] * 4, width=400))
    assert width == 400
    assert found.size == (800, round(2 * (400 - 3 * GAP) / 8))


def test_beside_a_figure_a_picture_is_as_high_on_the_page() -> None:
    found, width = stored(NotebookFigure(Image.new("RGB", (100, 100), RED), _empty()))
    assert (found.size, width) == ((100 + GAP + 300, 100), 416)


def test_captions_stand_above() -> None:
    named, width = stored(NotebookFigure(Image.new("RGB", (300, 50), RED), captions=["reals"]))
    assert (named.size, width) == ((300, 50 + LINE), 300)
    above, below = np.asarray(named)[:LINE], np.asarray(named)[LINE:]
    assert (above < 128).any()
    assert (below == RED).all()


def test_the_repr_is_deterministic() -> None:
    assert repr(NotebookFigure(Image.new("RGB", (60, 40)))) == "picture of 60 × 40 pixels"
