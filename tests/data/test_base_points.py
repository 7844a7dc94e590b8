"""Densities in the plane, against their closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.base_points import Points
from gan_lightning.data.grid25 import Grid25
from gan_lightning.data.ring8 import Ring8
from gan_lightning.data.swiss_roll import SwissRoll

N = 20_000


def sample(data: Points) -> torch.Tensor:
    return data.density.batch(0, 0, N)


@pytest.mark.parametrize(("geometry", "radius", "std"), [("pacgan", 1.0, 0.01), ("wgan_gp", 2 / 1.414, 0.02 / 1.414)])
def test_the_ring(geometry: str, radius: float, std: float) -> None:
    mixture = Ring8(geometry=geometry).density
    r = radius / math.sqrt(2)
    by_hand = [[radius, 0], [r, r], [0, radius], [-r, r], [-radius, 0], [-r, -r], [0, -radius], [r, -r]]
    torch.testing.assert_close(mixture.modes, torch.tensor(by_hand), atol=1e-6, rtol=0)
    assert mixture.std == pytest.approx(std)


@pytest.mark.parametrize(("geometry", "unit", "std"), [("pacgan", 1.0, 0.05), ("wgan_gp", 1 / 2.828, 0.05 / 2.828)])
def test_the_grid(geometry: str, unit: float, std: float) -> None:
    mixture = Grid25(geometry=geometry).density
    by_hand = [[x * unit, y * unit] for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)]
    torch.testing.assert_close(mixture.modes, torch.tensor(by_hand))
    assert mixture.std == pytest.approx(std)


@pytest.mark.parametrize("data", [Ring8(), Grid25(), Ring8(geometry="wgan_gp"), Grid25(geometry="wgan_gp")])
def test_modes_are_equally_likely_and_round(data: Ring8 | Grid25) -> None:
    modes, std = data.density.modes, data.density.std
    points = sample(data)
    nearest = torch.cdist(points, modes).argmin(1)
    expected = N / len(modes)
    assert ((nearest.bincount(minlength=len(modes)) - expected).abs() < 5 * math.sqrt(expected)).all()
    inside = (points - modes[nearest]) / std
    torch.testing.assert_close(inside.T.cov(), torch.eye(2), atol=0.05, rtol=0)
    # A round Gaussian keeps 1 - exp(-9/2) of its mass within three standard deviations.
    assert (inside.norm(dim=1) < 3).float().mean().item() == pytest.approx(1 - math.exp(-4.5), abs=0.004)


def test_the_swiss_roll_without_noise_is_the_spiral() -> None:
    points = sample(SwissRoll(noise=0.0, scale=1.0))
    t = points.norm(dim=1)  # the radius at parameter t is t
    assert 1.5 * math.pi <= t.min() < 1.51 * math.pi
    assert 4.49 * math.pi < t.max() <= 4.5 * math.pi
    torch.testing.assert_close(points, torch.stack([t * t.cos(), t * t.sin()], 1), atol=1e-3, rtol=0)


def test_the_swiss_roll_of_the_paper() -> None:
    # Var x + Var y + |mean|² = E[t²] + 2·0.25² over 7.5², and E[t²] = (b³ - a³) / 3(b - a).
    a, b = 1.5 * math.pi, 4.5 * math.pi
    expected = ((b**3 - a**3) / (3 * (b - a)) + 2 * 0.25**2) / 7.5**2
    assert sample(SwissRoll()).square().sum(1).mean().item() == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("kind", [Ring8, Grid25, SwissRoll])
def test_the_held_out_sample_is_the_same_in_every_run_and_never_trained_on(kind: type[Points]) -> None:
    first, second = kind(), kind()
    first.setup()
    second.setup()
    assert first.shape == (2,)
    assert first.held_out.rows.shape == (2500, 2)
    assert torch.equal(first.held_out.rows, second.held_out.rows)
    trained = torch.cat([first.train.batch(0, k, 2500) for k in range(2)])
    assert len(torch.cat([first.held_out.rows, trained]).unique(dim=0)) == 7500


def test_mistakes_are_refused() -> None:
    with pytest.raises(UsageError, match=r"Ring8: geometry='pagan' must be 'pacgan' or 'wgan_gp'"):
        Ring8(geometry="pagan")  # type: ignore[arg-type]
    with pytest.raises(
        UsageError, match=r"^data.shape=\[3\], but these data are \[2\]: points in the plane have data.shape="
    ):
        Grid25(shape=(3,))
    with pytest.raises(UsageError, match=r"SwissRoll: scale=0.0 must be greater than 0"):
        SwissRoll(scale=0.0)


@pytest.mark.parametrize("kind", [Ring8, Grid25])
def test_classes_are_the_modes(kind: type[Ring8]) -> None:
    data = kind()
    data.setup()
    modes = data.density.modes
    assert len(modes) == data.classes
    for label, points in (
        (data.train.labels_of(3, 5, 64, 1, 2), data.train.batch(3, 5, 64, 1, 2)),
        (data.held_out.labels, data.held_out.rows),
    ):
        assert label is not None
        nearest = torch.cdist(points.double(), modes.double()).argmin(1)
        assert (nearest == label).all()
        assert len(label) == len(points)
    with pytest.raises(UsageError, match=r"data\.classes=3, but these data have"):
        kind(classes=3)
    roll = SwissRoll()
    roll.setup()
    assert (roll.classes, roll.held_out.labels, roll.train.labels_of(0, 0, 4)) == (0, None, None)
