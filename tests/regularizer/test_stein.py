from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.loss import EnergyDifference
from gan_lightning.objective.gan import GAN
from gan_lightning.optimizer import Adam
from gan_lightning.regularizer import RegularizerInputs, Stein
from gan_lightning.regularizer.stein import stein_gradient
from tests.helper.modules import networks, play

POINTS = torch.tensor([[0.0], [1.0], [3.0]], dtype=torch.float64)  # distances 1, 2 and 3
SLOPES = torch.tensor([[0.5], [-1.0], [2.0]], dtype=torch.float64)


def test_the_movement_by_hand() -> None:
    """With the median distance 2, h = 4 / log 3, so that k at distances 1, 2, 3 is 3^-¼, 3^-1 and 3^-2¼."""
    near, far, farthest = (3 ** (-(d**2) / 4) for d in (1, 2, 3))
    first = (0.5 - near + 2 * farthest) + math.log(3) / 2 * ((0 - 1) * near + (0 - 3) * farthest)
    second = (0.5 * near - 1 + 2 * far) + math.log(3) / 2 * ((1 - 0) * near + (1 - 3) * far)
    found = stein_gradient(POINTS, SLOPES)
    assert found[:2, 0].tolist() == pytest.approx([first / 3, second / 3])


def test_repulsion_is_the_slope_of_the_kernel() -> None:
    """Without slopes the movement of x_i is the mean over j of ∇ k(x_j, x_i) in x_j."""
    points = torch.randn(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    bandwidth = torch.pdist(points).median() ** 2 / math.log(7)
    expected = []
    for one in points:
        others = points.clone().requires_grad_()
        torch.exp(-(others - one).square().sum(1) / bandwidth).sum().backward()
        assert others.grad is not None
        expected.append(others.grad.sum(0) / 7)
    torch.testing.assert_close(stein_gradient(points, torch.zeros_like(points)), torch.stack(expected))


def test_points_alike_and_a_point_alone_move_up_the_score() -> None:
    same = stein_gradient(torch.ones(3, 2), torch.tensor([[1.0, 0.0]]).repeat(3, 1))
    assert same.tolist() == [[1, 0]] * 3
    assert stein_gradient(torch.ones(1, 2), torch.tensor([[3.0, 4.0]])).tolist() == [[3, 4]]


def test_the_term_moves_fakes_and_nothing_else() -> None:
    fake = POINTS.float().requires_grad_()
    critic = nn.Linear(1, 1)
    inputs = RegularizerInputs(nn.Identity(), critic, critic, fake, fake)
    Stein(temperature=0.5).generator_term(inputs).backward()
    expected = stein_gradient(POINTS.float(), critic.weight.detach().expand(3, 1) * 2)
    assert fake.grad is not None
    torch.testing.assert_close(fake.grad, -expected / 3)
    assert critic.weight.grad is None


@pytest.mark.training
def test_fakes_come_to_the_density_of_the_score() -> None:
    """D(x) = -‖x - m‖²/2 is the logarithm of N(m, 1): mean and deviations of fakes are its own."""

    class Normal(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.middle = nn.Parameter(torch.tensor([3.0, -1.0]), requires_grad=False)
            self.unused = nn.Linear(2, 1)

        def forward(self, x: Tensor) -> Tensor:
            return -(x - self.middle).square().sum(1) / 2 + 0 * self.unused(x).flatten()

    generator, _ = networks()
    module = GAN(
        generator,
        Normal(),
        loss=EnergyDifference(),
        latent_dim=4,
        adversarial_weight=0.0,
        regularizers={"stein": Stein()},
        generator_optimizer=Adam(1e-2, (0.5, 0.99)),
        ema_decay=0.99,
    )
    play(module, steps=600, batch_size=64)
    fakes = module.sample(module.latent(4000, "density"))
    assert fakes.mean(0).tolist() == pytest.approx([3.0, -1.0], abs=0.15)
    assert fakes.std(0).tolist() == pytest.approx([1.0, 1.0], abs=0.2)
