"""Points of any dimension in a plane, series as lines, volumes as slices."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gan_lightning.data.pixels import to_uint8
from gan_lightning.plot.block import Block
from gan_lightning.plot.rendered_plot import PrincipalPlanePlot, principal_plane
from gan_lightning.plot.sample_plot import sample_plot_for
from gan_lightning.plot.tiles import SERIES_TILE, series_tiles, volume_tiles


def test_the_plane_is_that_of_the_largest_variances() -> None:
    points = torch.randn(4000, 5, generator=torch.Generator().manual_seed(0)) * torch.tensor([0.1, 3, 0.1, 0.1, 7]) + 2
    mean, components = principal_plane(points)
    torch.testing.assert_close(mean, points.mean(0))
    torch.testing.assert_close(components.abs().round(), torch.eye(5)[[4, 1]])
    assert (components.gather(1, components.abs().argmax(1, keepdim=True)) > 0).all()
    plane = PrincipalPlanePlot(points).render(points)
    torch.testing.assert_close(plane.var(0), points.var(0)[[4, 1]], rtol=0.02, atol=0)


@pytest.mark.parametrize("dimensions", [1, 3, 5])
def test_points_of_any_dimension_have_every_plot(dimensions: int) -> None:
    real = torch.randn(50, dimensions, generator=torch.Generator().manual_seed(0))
    seen = []

    def critic(points: torch.Tensor) -> torch.Tensor:
        seen.append(points.shape[1:])
        return points.sum(1)

    plot = sample_plot_for((dimensions,), real=real)
    assert (
        plot.snapshot(real, critic, 3).size
        == sample_plot_for((2,)).snapshot(real[:, :1].expand(-1, 2), critic_2, 3).size
    )
    assert set(seen) == {torch.Size([dimensions])}
    blocks = [Block("title", ["a", "b"], real[:20].view(10, 2, dimensions))]
    for page in (sample_plot_for((dimensions,)).sheet(real, 3), plot.table(blocks), plot.interpolations(blocks)):
        assert min(page.size) > 100
    assert len(list(plot.frames(real[:8], 2))) == 8


def critic_2(points: torch.Tensor) -> torch.Tensor:
    return points.sum(1)


def test_series_are_lines_of_their_values() -> None:
    step = torch.ones(1, 40)
    step[:, 20:] = -1
    (tile,) = to_uint8(series_tiles(step[None]))
    assert tile.shape == (3, *SERIES_TILE)
    ink = tile.float().mean(0) < 150
    rows = ink.float().argmax(0)
    assert (rows[2:80] < 10).all()
    assert (rows[90:166] > 70).all()
    two = to_uint8(series_tiles(torch.stack([step, 0 * step], 1)))
    assert not torch.equal(two[0], tile)
    page = sample_plot_for((2, 40), count=64).sheet(torch.zeros(32, 2, 40), 5)
    assert page.width > 2 * SERIES_TILE[1]


def test_volumes_are_three_slices() -> None:
    volume = torch.rand(2, 1, 4, 6, 8) * 2 - 1
    tiles = volume_tiles(volume)
    assert tiles.shape == (2, 1, 6, 8 + 1 + 8 + 1 + 6)
    assert torch.equal(tiles[..., :8], volume[:, :, 2])
    assert torch.equal(tiles[..., :4, 9:17], volume[:, :, :, 3])
    assert torch.equal(tiles[..., :4, 18:], volume[..., 4])
    assert (tiles[..., 8] == 1).all()
    plot = sample_plot_for((1, 4, 6, 8), count=4)
    assert np.asarray(plot.sheet(volume.repeat(2, 1, 1, 1, 1), 0)).std() > 1
    assert plot.table([Block("title", ["a", "b"], volume[None])]).width > 2 * 24
