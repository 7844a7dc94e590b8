from __future__ import annotations

import math

import pytest
import torch

from gan_lightning.loss import Minimax, NonSaturating

REAL, FAKE = torch.tensor([0.0, math.log(3)]), torch.tensor([0.0, -math.log(3)])


def test_critic_is_that_of_minimax() -> None:
    assert NonSaturating(0.9).critic(REAL, FAKE) == Minimax(0.9).critic(REAL, FAKE)


def test_generator_by_hand() -> None:
    # softplus(0) = log 2, softplus(log 3) = log 4
    assert NonSaturating().generator(FAKE, lambda: REAL).item() == pytest.approx(1.5 * math.log(2))


def test_gradient_stays_where_the_critic_is_sure() -> None:
    fake = torch.tensor([-20.0], requires_grad=True)
    NonSaturating().generator(fake, lambda: REAL).backward()
    assert fake.grad is not None
    assert fake.grad.item() == pytest.approx(-1)
