from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL.Image import Image
from PIL.ImageColor import getrgb
from torch import Tensor

from gan_lightning.plot.block import Block
from gan_lightning.plot.point_plot import PointPlot, region_around
from gan_lightning.plot.style import FAKE, REAL

SQUARE = torch.tensor([[-2.0, -2.0], [2.0, 2.0], [-2.0, 2.0], [2.0, -2.0]])
FAR = torch.full((1, 2), 100.0)


def height(x: Tensor) -> Tensor:
    return x[:, 0]


def pixel(x: float, y: float) -> tuple[int, int]:
    """Row and column of a point in the snapshot: the axes show [-3, 3]² in 532 pixels from (44, 36) on."""
    return round(36 + (3 - y) / 6 * 532), round(44 + (x + 3) / 6 * 532)


def test_the_region_is_1_5_times_as_wide_as_the_points() -> None:
    center, half = region_around(torch.tensor([[0.0, 1.0], [4.0, 2.0]]))
    assert center.tolist() == [2.0, 1.5]
    assert half == 3.0


def test_one_point_has_a_region_too() -> None:
    assert region_around(torch.zeros(1, 2))[1] > 0


@pytest.mark.training
@pytest.mark.parametrize("at", [(0.0, 0.0), (-1.5, 2.5), (2.0, -2.0)])
def test_generated_points_are_at_their_coordinates_and_on_top(at: tuple[float, float]) -> None:
    page = np.asarray(PointPlot(SQUARE).snapshot(torch.tensor([at]), height, 1))
    assert tuple(page[pixel(*at)]) == getrgb(FAKE)


def test_real_points_are_at_their_coordinates() -> None:
    page = np.asarray(PointPlot(SQUARE).snapshot(FAR, height, 1))
    assert all(tuple(page[pixel(x, y)]) == getrgb(REAL) for x, y in SQUARE.tolist())


def test_the_surface_is_light_where_the_critic_is_high() -> None:
    page = np.asarray(PointPlot(SQUARE).snapshot(FAR, height, 1)).astype(int).sum(-1)
    rows = page[pixel(0, 1.7)[0] : pixel(0, -1.7)[0]]
    left, right = rows[:, pixel(-2.9, 0)[1]], rows[:, pixel(2.9, 0)[1]]
    assert np.median(right) > np.median(left) + 100


def test_axes_are_the_same_whatever_is_generated() -> None:
    plot = PointPlot(SQUARE)
    one, two = (np.asarray(plot.snapshot(fake, height, 7)) for fake in (SQUARE / 2, SQUARE * 50))
    assert one.shape == two.shape
    ticks = slice(36, 568), slice(0, 43)
    np.testing.assert_array_equal(one[ticks], two[ticks])


def test_without_real_points_the_first_snapshot_determines_the_axes() -> None:
    plot = PointPlot()
    first = np.asarray(plot.snapshot(SQUARE, height, 0))
    assert tuple(first[pixel(-2, 2)]) == getrgb(FAKE)
    second = np.asarray(plot.snapshot(SQUARE / 2, height, 0))
    assert tuple(second[pixel(-1, 1)]) == getrgb(FAKE)


@pytest.mark.training
@pytest.mark.parametrize("value", [0.0, 5.0, -1e-8, 1e8, float("nan")])
def test_a_flat_or_broken_critic_is_shown_as_well(value: float) -> None:
    page = PointPlot(SQUARE).snapshot(torch.full((3, 2), float("nan")), lambda x: torch.full((len(x),), value), 0)
    assert page.size == (640, 632)


CORNERS = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])


def orange(page: Image) -> np.ndarray:
    """(x, y) in pixels of everything in the colour of generated points."""
    pixels = np.asarray(page).astype(int)
    y, x = np.nonzero(pixels[..., 0] - pixels[..., 2] > 40)
    return np.stack([x, y], axis=1)


def test_a_sheet_shows_every_point_at_its_coordinates() -> None:
    found = orange(PointPlot().sheet(CORNERS, 12))
    # Axes of 552 pixels show 2 / 0.9 · 1.0 around the middle, at (44 + 276, 632 - 44 - 276).
    for x, y in CORNERS.tolist():
        expected = np.array([320 + x * 276 / 1.1, 312 - y * 276 / 1.1])
        assert np.abs(found - expected).max(axis=1).min() < 2


def test_a_table_has_a_panel_for_each_column_on_the_same_axes() -> None:
    one = torch.stack([CORNERS, CORNERS / 2, CORNERS * 0], dim=1)
    page = PointPlot().table([Block("first", ["a", "b", "c"], one), Block("second", ["d"], CORNERS[:, None])])
    assert page.size == (44 + 3 * 236, 2 * 284 + 44)
    found = orange(page)
    width = [np.ptp(found[(found[:, 1] < 300) & ((found[:, 0] - 44) // 236 == c), 0]) for c in (0, 1, 2)]
    assert width[0] == pytest.approx(200, abs=5)  # 2 / 2.2 of 220 pixels
    assert width[1] == pytest.approx(100, abs=5)
    assert width[2] < 8


def test_interpolations_are_lines_from_end_to_end() -> None:
    path = torch.linspace(-1, 1, 5)[:, None].expand(5, 2)
    page = PointPlot().interpolations([Block("straight", ["0", "1", "2", "3", "4"], torch.stack([path * 0, path]))])
    found = orange(page)
    center = (found.min(axis=0) + found.max(axis=0)) / 2
    x, y = (found - center).T
    assert np.abs(x + y).max() < 12  # along the diagonal
    assert np.abs(x).max() > 150


@pytest.mark.training
def test_points_move_along_the_path() -> None:
    angle = torch.arange(12) * (2 * torch.pi / 12)
    path = torch.stack([angle.cos(), angle.sin()], dim=1)
    frames = list(PointPlot().frames(path, 3))
    assert len(frames) == 12
    first, fourth = orange(frames[0]), orange(frames[4])
    np.testing.assert_array_equal(np.asarray(frames[0]), np.asarray(frames[4]))  # three alike, a third of the path on
    assert len(first) == len(fourth) > 30
    assert not np.array_equal(np.asarray(frames[0]), np.asarray(frames[1]))


def test_one_point_many_times_is_shown() -> None:
    assert len(orange(PointPlot().sheet(torch.ones(5, 2), 1))) > 0
