from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL.Image import Image

from gan_lightning.plot.sample_plot import Block
from gan_lightning.plot.sample_plot_points import PointSamplePlot

CORNERS = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])


def orange(page: Image) -> np.ndarray:
    """(x, y) in pixels of everything in the colour of generated points; nothing else is warm."""
    pixels = np.asarray(page).astype(int)
    y, x = np.nonzero(pixels[..., 0] - pixels[..., 2] > 40)
    return np.stack([x, y], axis=1)


def test_a_sheet_shows_every_point_where_it_lies() -> None:
    found = orange(PointSamplePlot().sheet(CORNERS, 12))
    # Axes of 552 pixels show 2 / 0.9 · 1.0 around the middle, at (44 + 276, 632 - 44 - 276).
    for x, y in CORNERS.tolist():
        expected = np.array([320 + x * 276 / 1.1, 312 - y * 276 / 1.1])
        assert np.abs(found - expected).max(axis=1).min() < 2


def test_a_table_has_a_panel_for_each_column_on_the_same_axes() -> None:
    one = torch.stack([CORNERS, CORNERS / 2, CORNERS * 0], dim=1)
    page = PointSamplePlot().table([Block("first", ["a", "b", "c"], one), Block("second", ["d"], CORNERS[:, None])])
    assert page.size == (44 + 3 * 236, 2 * 284 + 44)
    found = orange(page)
    width = [np.ptp(found[(found[:, 1] < 300) & ((found[:, 0] - 44) // 236 == c), 0]) for c in (0, 1, 2)]
    assert width[0] == pytest.approx(200, abs=5)  # 2 / 2.2 of 220 pixels
    assert width[1] == pytest.approx(100, abs=5)
    assert width[2] < 8


def test_ways_are_lines_from_end_to_end() -> None:
    way = torch.linspace(-1, 1, 5)[:, None].expand(5, 2)
    page = PointSamplePlot().interpolations([Block("straight", ["0", "1", "2", "3", "4"], torch.stack([way * 0, way]))])
    found = orange(page)
    center = (found.min(axis=0) + found.max(axis=0)) / 2
    x, y = (found - center).T
    assert np.abs(x + y).max() < 12  # along the diagonal
    assert np.abs(x).max() > 150


def test_travellers_move_along_the_ring() -> None:
    angle = torch.arange(12) * (2 * torch.pi / 12)
    ring = torch.stack([angle.cos(), angle.sin()], dim=1)
    frames = list(PointSamplePlot().frames(ring, 3))
    assert len(frames) == 12
    first, fourth = orange(frames[0]), orange(frames[4])
    np.testing.assert_array_equal(np.asarray(frames[0]), np.asarray(frames[4]))  # three alike, a third of the way on
    assert len(first) == len(fourth) > 30
    assert not np.array_equal(np.asarray(frames[0]), np.asarray(frames[1]))


def test_one_point_many_times_is_shown() -> None:
    assert len(orange(PointSamplePlot().sheet(torch.ones(5, 2), 1))) > 0
