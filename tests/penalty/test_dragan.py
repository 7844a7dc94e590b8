from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.core.rng import StepRNG, new_rng
from gan_lightning.penalty import Dragan


class Ones(StepRNG):
    """Uniform numbers that are all one."""

    def uniform(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        return torch.ones(rows, *shape)


def test_linear_critic_in_closed_form() -> None:
    critic, real = nn.Linear(3, 1), torch.randn(7, 3)
    penalty = Dragan(weight=2.0)(critic, real, real + 100)
    assert penalty is not None
    assert penalty.item() == pytest.approx(2 * (critic.weight.norm().item() - 1) ** 2, rel=1e-5)
    penalty.backward()
    assert critic.weight.grad is not None


def test_perturbed_samples_by_hand() -> None:
    real = torch.tensor([[0.0, 4.0], [4.0, 0.0]])  # mean 2, deviation 2; half of that is added to each number
    penalty = Dragan(weight=1.0)(lambda x: x.square().sum(1) / 2, real, real, Ones())  # ∇D(x) = x
    assert penalty is not None
    assert penalty.item() == pytest.approx((26**0.5 - 1) ** 2)  # (1, 5) and (5, 1)


def test_lazy() -> None:
    critic, real = nn.Linear(3, 1), torch.randn(7, 3)
    lazy = [Dragan(interval=2)(critic, real, real, StepRNG(new_rng(0), update=k)) for k in range(4)]
    every = Dragan()(critic, real, real, StepRNG(new_rng(0)))
    assert lazy[1] is None is lazy[3]
    assert lazy[0] is not None
    assert every is not None
    assert lazy[0].item() == pytest.approx(2 * every.item())
