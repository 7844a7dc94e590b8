from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL.ImageColor import getrgb
from torch import Tensor

from gan_lightning.plot.points import PointTrainingPlot, around
from gan_lightning.plot.style import FAKE, REAL

SQUARE = torch.tensor([[-2.0, -2.0], [2.0, 2.0], [-2.0, 2.0], [2.0, -2.0]])
FAR = torch.full((1, 2), 100.0)


def height(x: Tensor) -> Tensor:
    return x[:, 0]


def pixel(x: float, y: float) -> tuple[int, int]:
    """Row and column of a point in the picture: the axes show [-3, 3]² in 532 pixels from (44, 36) on."""
    return round(36 + (3 - y) / 6 * 532), round(44 + (x + 3) / 6 * 532)


def test_the_region_is_half_as_wide_again_as_the_points() -> None:
    center, half = around(torch.tensor([[0.0, 1.0], [4.0, 2.0]]))
    assert center.tolist() == [2.0, 1.5]
    assert half == 3.0


def test_one_point_has_a_region_too() -> None:
    assert around(torch.zeros(1, 2))[1] > 0


@pytest.mark.parametrize("at", [(0.0, 0.0), (-1.5, 2.5), (2.0, -2.0)])
def test_generated_points_are_where_they_belong_and_on_top(at: tuple[float, float]) -> None:
    page = np.asarray(PointTrainingPlot(SQUARE).draw(torch.tensor([at]), height, 1))
    assert tuple(page[pixel(*at)]) == getrgb(FAKE)


def test_real_points_are_where_they_belong() -> None:
    page = np.asarray(PointTrainingPlot(SQUARE).draw(FAR, height, 1))
    assert all(tuple(page[pixel(x, y)]) == getrgb(REAL) for x, y in SQUARE.tolist())


def test_the_surface_is_light_where_the_critic_is_high() -> None:
    page = np.asarray(PointTrainingPlot(SQUARE).draw(FAR, height, 1)).astype(int).sum(-1)
    rows = page[pixel(0, 1.7)[0] : pixel(0, -1.7)[0]]
    left, right = rows[:, pixel(-2.9, 0)[1]], rows[:, pixel(2.9, 0)[1]]
    assert np.median(right) > np.median(left) + 100


def test_axes_are_the_same_whatever_is_generated() -> None:
    view = PointTrainingPlot(SQUARE)
    one, two = (np.asarray(view.draw(fake, height, 7)) for fake in (SQUARE / 2, SQUARE * 50))
    assert one.shape == two.shape
    ticks = slice(36, 568), slice(0, 43)
    np.testing.assert_array_equal(one[ticks], two[ticks])


def test_without_real_points_the_first_picture_places_the_axes() -> None:
    view = PointTrainingPlot()
    first = np.asarray(view.draw(SQUARE, height, 0))
    assert tuple(first[pixel(-2, 2)]) == getrgb(FAKE)
    second = np.asarray(view.draw(SQUARE / 2, height, 0))
    assert tuple(second[pixel(-1, 1)]) == getrgb(FAKE)


@pytest.mark.parametrize("value", [0.0, 5.0, -1e-8, 1e8, float("nan")])
def test_a_flat_or_broken_critic_is_shown_as_well(value: float) -> None:
    page = PointTrainingPlot(SQUARE).draw(torch.full((3, 2), float("nan")), lambda x: torch.full((len(x),), value), 0)
    assert page.size == (640, 632)
