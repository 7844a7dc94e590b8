from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import Minimax
from gan_lightning.theory import grid, non_saturating_gradients, optimal_discriminator
from tests.helper.strategies import distributions, normal

X, CELL = grid(-16, 16, 4000)
BIMODAL = (normal(X, -2.0, 0.8) + normal(X, 2.0, 0.6)) / 2


def gaussian(theta: Tensor) -> Tensor:
    """N(θ₀, exp(θ₁)²)."""
    return normal(X, theta[0], theta[1].exp())


@pytest.mark.training
@given(st.floats(-3, 3), st.floats(-0.7, 0.4))
def test_both_sides_agree_for_gaussians(mean: float, log_std: float) -> None:
    found = non_saturating_gradients(gaussian, BIMODAL, [mean, log_std], CELL)
    torch.testing.assert_close(found.loss, found.reverse_kl - 2 * found.jensen_shannon, atol=1e-10, rtol=1e-10)


@given(distributions(5, least=1), st.lists(st.floats(-3, 3), min_size=5, max_size=5))
def test_both_sides_agree_for_atoms(real: Tensor, logits: list[float]) -> None:
    found = non_saturating_gradients(lambda z: z.softmax(0), real, logits)
    torch.testing.assert_close(found.loss, found.reverse_kl - 2 * found.jensen_shannon, atol=1e-13, rtol=1e-10)


@pytest.mark.parametrize(("mean", "std"), [(0.5, 1.0), (-1.0, 0.7), (1.9, 0.5)])
def test_it_is_the_gradient_of_the_generator(mean: float, std: float) -> None:
    # The other way to the same: samples G(z) = μ + σz, which move under a fixed critic.
    theta = torch.tensor([mean, math.log(std)], dtype=torch.float64, requires_grad=True)
    z, cell = grid(-8, 8, 2000)
    weight = cell * normal(z, 0.0, 1.0)

    def density(x: Tensor) -> Tensor:
        return (normal(x, -2.0, 0.8) + normal(x, 2.0, 0.6)) / 2

    def cost(x: Tensor) -> Tensor:
        return -optimal_discriminator(density(x), normal(x, mean, std)).log()

    samples = theta[0] + theta[1].exp() * z
    moving = samples.detach().requires_grad_()
    (slope,) = torch.autograd.grad(cost(moving).sum(), moving)  # D* is fixed, so only the points move
    (by_samples,) = torch.autograd.grad((weight * slope * samples).sum(), theta)
    torch.testing.assert_close(
        non_saturating_gradients(gaussian, BIMODAL, theta, CELL).loss, by_samples, atol=1e-8, rtol=1e-6
    )


def test_by_hand() -> None:
    # p_r = (1/4, 3/4), p_g = (1/2, 1/2) = softmax(θ, 0), dp_g/dθ = (1/4, -1/4); -log D* = log 3, log 5/3.
    found = non_saturating_gradients(lambda t: torch.stack([t, 0 * t]).softmax(0), [1 / 4, 3 / 4], 0.0)
    assert found.loss.item() == pytest.approx(math.log(9 / 5) / 4)
    assert found.reverse_kl.item() == pytest.approx((math.log(2) - math.log(2 / 3)) / 4)
    assert found.jensen_shannon.item() == pytest.approx((math.log(4 / 3) - math.log(4 / 5)) / 8)


def test_the_terms_have_opposite_signs_and_the_kl_is_larger() -> None:
    # Between the modes: KL(p_g‖p_r) points towards the nearer mode, -2 JSD away from it.
    found = non_saturating_gradients(gaussian, BIMODAL, [0.8, -0.7], CELL)
    assert found.reverse_kl[0] < 0 < -2 * found.jensen_shannon[0]
    assert found.loss[0] < 0


def test_minimax_follows_the_jensen_shannon_divergence_alone() -> None:
    # E_g log(1 - D*) has the gradient of 2 JSD: the two losses differ by what the KL adds.
    theta = torch.tensor([0.5, 0.0], dtype=torch.float64, requires_grad=True)
    fake = gaussian(theta)
    logit = (BIMODAL / fake.detach()).log()
    (saturating,) = torch.autograd.grad((CELL * fake * -torch.nn.functional.softplus(logit)).sum(), theta)
    found = non_saturating_gradients(gaussian, BIMODAL, theta, CELL)
    torch.testing.assert_close(saturating, 2 * found.jensen_shannon, atol=1e-10, rtol=1e-8)
    assert Minimax().generator(logit[:1], lambda: logit).item() == -torch.nn.functional.softplus(logit[0]).item()


def test_vanishes_where_the_fakes_are_the_data() -> None:
    found = non_saturating_gradients(gaussian, normal(X, 1.0, 1.0), [1.0, 0.0], CELL)
    assert torch.stack(found).abs().max() < 1e-10


def test_invalid_densities_raise() -> None:
    with pytest.raises(UsageError, match="total mass"):
        non_saturating_gradients(gaussian, BIMODAL, [0.0, 0.0])
    with pytest.raises(UsageError, match="over"):
        non_saturating_gradients(lambda z: z.softmax(0), [0.5, 0.5], [0.0, 0.0, 0.0])
