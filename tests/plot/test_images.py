from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import to_uint8
from gan_lightning.plot.images import CAPTION, MARGIN, ImageTrainingPlot
from gan_lightning.plot.points import PointTrainingPlot
from gan_lightning.plot.view import training_plot_for


def no_critic(x: Tensor) -> Tensor:
    raise AssertionError("a grid of images asks no critic")


def drawn(images: Tensor) -> np.ndarray:
    return np.asarray(ImageTrainingPlot(tuple(images.shape[1:]), count=len(images)).draw(images, no_critic, 500))


def test_bytes_of_the_ends_the_middle_and_what_lies_outside() -> None:
    values = torch.tensor([-1.0, 1.0, 0.0, -7.0, 7.0, float("nan"), float("inf"), -float("inf")])
    assert to_uint8(values).tolist() == [0, 255, 128, 0, 255, 0, 255, 0]


def test_every_byte_comes_back_from_the_networks_range() -> None:
    byte = torch.arange(256)
    assert torch.equal(to_uint8(byte / 127.5 - 1), byte.to(torch.uint8))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_each_pixel_becomes_a_square_at_its_place(dtype: torch.dtype) -> None:
    images = torch.rand(4, 1, 28, 28).to(dtype) * 2 - 1
    page, zoom = drawn(images), 3  # 28 → 84
    assert page.shape == (2 * (84 + MARGIN) + MARGIN + CAPTION, 2 * (84 + MARGIN) + MARGIN, 3)
    for index, (top, left) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        y, x = MARGIN + top * (84 + MARGIN), MARGIN + left * (84 + MARGIN)
        tile = page[y : y + 84, x : x + 84]
        expected = to_uint8(images[index, 0]).numpy().repeat(zoom, 0).repeat(zoom, 1)
        for channel in range(3):
            np.testing.assert_array_equal(tile[..., channel], expected)
        assert (page[y - MARGIN : y] == (0x3B, 0x42, 0x4B)).all()  # the seam


def test_colours_stay_apart() -> None:
    page = drawn(torch.tensor([1.0, -1.0, 0.0]).view(1, 3, 1, 1).expand(1, 3, 4, 4))
    assert page[10, 10].tolist() == [255, 0, 128]


def test_an_incomplete_row_ends_in_paper() -> None:
    page = drawn(-torch.ones(5, 1, 84, 84))
    assert ImageTrainingPlot((1, 84, 84), 5).columns == 2
    middle = [(MARGIN + 40 + line * 86, MARGIN + 40 + column * 86) for line in range(3) for column in range(2)]
    assert [int(page[y, x, 0]) for y, x in middle] == [0, 0, 0, 0, 0, 255]


@pytest.mark.parametrize(
    ("shape", "count", "columns"),
    [((1, 28, 28), 64, 8), ((3, 32, 32), 1, 1), ((3, 32, 128), 16, 2), ((3, 128, 32), 16, 8), ((3, 8, 800), 4, 1)],
)
def test_the_grid_is_about_square(shape: tuple[int, ...], count: int, columns: int) -> None:
    assert ImageTrainingPlot(shape, count).columns == columns


@pytest.mark.parametrize(("side", "tile"), [(4, 84), (28, 84), (32, 96), (64, 128), (84, 84), (128, 128)])
def test_small_images_are_enlarged_by_a_whole_factor(side: int, tile: int) -> None:
    assert ImageTrainingPlot((1, side, side)).pitch == (tile + MARGIN, tile + MARGIN)


def test_a_huge_grid_is_reduced() -> None:
    page = drawn(torch.zeros(4, 1, 1024, 1024))  # 2 × 1026 + 2 = 2,054 pixels wide: half of that
    assert page.shape[1] == 1027
    assert page[100, 100].tolist() == [128, 128, 128]


def test_the_caption_changes_with_the_step_and_nothing_else_does() -> None:
    images, view = torch.zeros(4, 1, 28, 28), ImageTrainingPlot((1, 28, 28), 4)
    one, two = (np.asarray(view.draw(images, no_critic, k)) for k in (1, 20_000))
    assert one.shape == two.shape
    assert (one != two).any()
    np.testing.assert_array_equal(one[:-CAPTION], two[:-CAPTION])


def test_the_shape_chooses_the_view() -> None:
    assert isinstance(training_plot_for((1, 28, 28)), ImageTrainingPlot)
    assert isinstance(training_plot_for((3, 64, 64), count=9), ImageTrainingPlot)
    assert isinstance(training_plot_for((2,), real=torch.zeros(4, 2)), PointTrainingPlot)


@pytest.mark.parametrize("shape", [(3,), (2, 28, 28), (28, 28), (4, 3, 8, 8)])
def test_shapes_that_nothing_shows_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"callback\.samples=null"):
        training_plot_for(shape)
