from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gan_lightning.loss import Minimax, NonSaturating, Wasserstein
from gan_lightning.penalty import GradientPenalty, WeightClipping
from gan_lightning.theory import (
    chi_square,
    empirical_distance,
    jensen_shannon,
    kantorovich_critic,
    kl,
    line,
    lipschitz_bound,
    parallel_lines,
    parallel_lines_critic,
    reverse_kl,
    total_variation,
    train_discriminator,
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
    assert kl(p, q) == reverse_kl(p, q) == chi_square(p, q) == found.kl.value
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


@pytest.mark.parametrize("theta", [-2.0, 0.5])
@pytest.mark.parametrize("lipschitz", [1.0, 3.0])
def test_the_best_critic_hands_down_the_slope_of_the_distance(theta: float, lipschitz: float) -> None:
    critic = parallel_lines_critic(theta, lipschitz)
    sees, true = empirical_distance(critic, Wasserstein(), theta), parallel_lines(theta).wasserstein
    assert sees.value.item() == pytest.approx(lipschitz * true.value.item())
    assert sees.slope.item() == pytest.approx(lipschitz * true.slope.item())


def test_so_does_the_exact_critic_of_the_points() -> None:
    critic = kantorovich_critic(points(0, 64), points(0.4, 64))
    real, fake = critic(points(0, 64)), critic(points(0.4, 64))
    assert (real - fake).mean().item() == pytest.approx(0.4)
    # Along the lines it is only as smooth as the points lie dense, so the slope is taken from a step across.
    assert ((critic(points(0.1, 64)) - critic(points(0.3, 64))).mean() / 0.2).item() == pytest.approx(1)


@pytest.mark.parametrize("theta", [-1.0, 0.5])
def test_a_penalized_critic_sees_the_distance_and_its_slope(theta: float) -> None:
    # On D = -s sign(θ) x it minimises -s|θ| + λ(s - 1)²: s = 1 + |θ|/2λ, a little steeper than allowed.
    critic = train_discriminator(
        Wasserstein(), line(0), line(theta), penalty=GradientPenalty(10.0), steps=300, batch=128
    )
    sees, steep = empirical_distance(critic, Wasserstein(), theta), 1 + abs(theta) / 20
    assert sees.value.item() == pytest.approx(steep * abs(theta), rel=0.03)
    assert sees.slope.item() == pytest.approx(steep * math.copysign(1, theta), rel=0.15)


def test_a_clipped_critic_sees_a_multiple_of_it() -> None:
    seen = {}
    for theta in (0.5, 1.0):
        critic = train_discriminator(
            Wasserstein(), line(0), line(theta), penalty=WeightClipping(0.1), steps=200, batch=64
        )
        seen[theta] = empirical_distance(critic, Wasserstein(), theta)
        assert 0 < seen[theta].value <= lipschitz_bound(critic) * theta
        assert seen[theta].slope > 0.5
    assert seen[1.0].value > 1.5 * seen[0.5].value


@pytest.mark.parametrize("theta", [-1.0, 0.5])
def test_a_classifier_sees_no_distance_and_hands_down_nothing(theta: float) -> None:
    critic = train_discriminator(Minimax(), line(0), line(theta), steps=300, batch=128)
    sees = empirical_distance(critic, Minimax(), theta)
    assert sees.value.item() == pytest.approx(math.log(2), abs=3e-3)
    assert abs(sees.slope.item()) < 0.03
    assert abs(empirical_distance(critic, NonSaturating(), theta).slope.item()) > 1


def test_a_flat_critic_sees_nothing() -> None:
    flat: Callable[[Tensor], Tensor] = lambda x: 0 * x[:, 0]  # noqa: E731
    sees = empirical_distance(flat, Minimax(), 1.0)
    assert sees.value.item() == pytest.approx(0, abs=1e-15)
    assert sees.slope == 0
