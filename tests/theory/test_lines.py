from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from gan_lightning.theory import (
    jensen_shannon,
    kantorovich_critic,
    kl,
    line,
    parallel_lines,
    reverse_kl,
    total_variation,
    wasserstein,
)

THETAS = [-2.0, -0.5, 0.0, 1e-300, 1.0]


def points(theta: float, n: int = 20) -> Tensor:
    heights = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    return torch.stack([torch.full_like(heights, theta), heights], dim=1)


def test_by_hand() -> None:
    found = parallel_lines(THETAS)
    assert found.kl.value.tolist() == [math.inf, math.inf, 0, math.inf, math.inf]
    assert found.jensen_shannon.value.tolist() == pytest.approx([math.log(2)] * 2 + [0] + [math.log(2)] * 2)
    assert found.total_variation.value.tolist() == [1, 1, 0, 1, 1]
    assert found.wasserstein.value.tolist() == [2, 0.5, 0, 1e-300, 1]


def test_slopes_by_hand() -> None:
    found, nan = parallel_lines(THETAS), math.nan
    assert found.kl.slope.isnan().all()  # ∞ - ∞
    assert found.jensen_shannon.slope.tolist() == pytest.approx([0, 0, nan, 0, 0], nan_ok=True)
    assert found.total_variation.slope.tolist() == pytest.approx([0, 0, nan, 0, 0], nan_ok=True)
    assert found.wasserstein.slope.tolist() == pytest.approx([-1, -1, nan, 1, 1], nan_ok=True)


@pytest.mark.parametrize("theta", [-1.0, 0.0, 0.03])
def test_the_divergences_of_lines_cut_into_points(theta: float) -> None:
    # Atoms: 20 points of either line; at θ = 0 they are the same ones.
    p = torch.cat([torch.full((20,), 1 / 20), torch.zeros(20)]).double()
    q = p if theta == 0 else p.flip(0)
    found = parallel_lines(theta)
    assert kl(p, q) == reverse_kl(p, q) == found.kl.value
    assert jensen_shannon(p, q).item() == pytest.approx(found.jensen_shannon.value.item())
    assert total_variation(p, q).item() == pytest.approx(found.total_variation.value.item())
    assert wasserstein(points(0), points(theta)).item() == pytest.approx(found.wasserstein.value.item())


def test_transport_has_the_slope_of_the_distance() -> None:
    theta = torch.tensor(-0.7, dtype=torch.float64, requires_grad=True)
    fake = torch.stack([theta.expand(20), points(0)[:, 1]], dim=1)
    (slope,) = torch.autograd.grad(wasserstein(points(0), fake), theta)
    assert slope.item() == pytest.approx(-1)


def test_draws_the_line() -> None:
    drawn = line(3.0)(10_000, torch.Generator().manual_seed(0))
    assert (drawn[:, 0] == 3).all()
    assert (drawn[:, 1] >= 0).all()
    assert (drawn[:, 1] < 1).all()
    assert drawn[:, 1].mean().item() == pytest.approx(0.5, abs=0.01)


def test_the_exact_critic_of_the_points_has_the_slope_of_the_distance() -> None:
    critic = kantorovich_critic(points(0, 64), points(0.4, 64))
    real, fake = critic(points(0, 64)), critic(points(0.4, 64))
    assert (real - fake).mean().item() == pytest.approx(0.4)
    # Along the lines it is only as smooth as the points lie dense, so the slope is taken from a step across.
    assert ((critic(points(0.1, 64)) - critic(points(0.3, 64))).mean() / 0.2).item() == pytest.approx(1)
