from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.loss import Minimax, NonSaturating, Wasserstein
from gan_lightning.penalty import GradientPenalty, WeightClipping
from gan_lightning.study.tool.critic_evaluation import empirical_distance, max_gradient_norm
from gan_lightning.study.tool.lipschitz import lipschitz_bound
from gan_lightning.study.tool.train_discriminator import train_discriminator
from gan_lightning.theory import line, parallel_lines, parallel_lines_critic


def test_the_gradient_norm_by_hand() -> None:
    layer = nn.Linear(2, 2).double()
    layer.weight.data = torch.tensor([[3.0, 0.0], [4.0, 0.0]]).double()
    assert max_gradient_norm(lambda x: layer(x)[:, 1], torch.randn(3, 2).double()) == pytest.approx(4)


@pytest.mark.parametrize("theta", [-2.0, 0.5])
@pytest.mark.parametrize("lipschitz", [1.0, 3.0])
def test_the_optimal_critic_has_the_slope_of_the_distance(theta: float, lipschitz: float) -> None:
    critic = parallel_lines_critic(theta, lipschitz)
    found, true = empirical_distance(critic, Wasserstein(), theta), parallel_lines(theta).wasserstein
    assert found.value.item() == pytest.approx(lipschitz * true.value.item())
    assert found.slope.item() == pytest.approx(lipschitz * true.slope.item())


@pytest.mark.training
@pytest.mark.parametrize("theta", [-1.0, 0.5])
def test_a_penalized_critic_reports_the_distance_and_its_slope(theta: float) -> None:
    # On D = -s sign(θ) x it minimises -s|θ| + λ(s - 1)²: s = 1 + |θ|/2λ, a little steeper than allowed.
    critic = train_discriminator(
        Wasserstein(), line(0), line(theta), penalty=GradientPenalty(10.0), steps=300, batch=128
    )
    found, steep = empirical_distance(critic, Wasserstein(), theta), 1 + abs(theta) / 20
    assert found.value.item() == pytest.approx(steep * abs(theta), rel=0.03)
    assert found.slope.item() == pytest.approx(steep * math.copysign(1, theta), rel=0.15)


@pytest.mark.training
def test_a_clipped_critic_reports_a_multiple_of_it() -> None:
    found = {}
    for theta in (0.5, 1.0):
        critic = train_discriminator(
            Wasserstein(), line(0), line(theta), penalty=WeightClipping(0.1), steps=200, batch=64
        )
        found[theta] = empirical_distance(critic, Wasserstein(), theta)
        assert 0 < found[theta].value <= lipschitz_bound(critic) * theta
        assert found[theta].slope > 0.5
    assert found[1.0].value > 1.5 * found[0.5].value


@pytest.mark.training
@pytest.mark.parametrize("theta", [-1.0, 0.5])
def test_a_classifier_reports_log_2_and_no_slope(theta: float) -> None:
    critic = train_discriminator(Minimax(), line(0), line(theta), steps=300, batch=128)
    found = empirical_distance(critic, Minimax(), theta)
    assert found.value.item() == pytest.approx(math.log(2), abs=3e-3)
    assert abs(found.slope.item()) < 0.03
    assert abs(empirical_distance(critic, NonSaturating(), theta).slope.item()) > 1


def test_a_flat_critic_reports_nothing() -> None:
    flat: Callable[[Tensor], Tensor] = lambda x: 0 * x[:, 0]  # noqa: E731
    found = empirical_distance(flat, Minimax(), 1.0)
    assert found.value.item() == pytest.approx(0, abs=1e-15)
    assert found.slope == 0
