from __future__ import annotations

import math

import pytest
import torch

from gan_lightning.loss import RelativisticAverage

REAL, FAKE = torch.tensor([math.log(3), math.log(3)]), torch.tensor([math.log(3), -math.log(3)])


def softplus(t: float) -> float:
    return math.log1p(math.exp(t))


def test_by_hand() -> None:
    # means: real log 3, fake 0
    a = math.log(3)
    critic = softplus(-a) + (softplus(0) + softplus(-2 * a)) / 2
    generator = softplus(a) + (softplus(0) + softplus(2 * a)) / 2
    assert RelativisticAverage().critic(REAL, FAKE).item() == pytest.approx(critic)
    assert RelativisticAverage().generator(FAKE, lambda: REAL).item() == pytest.approx(generator)


def test_indistinguishable_is_zero() -> None:
    same = torch.full((4,), 2.0)
    assert RelativisticAverage().divergence(same, same).item() == pytest.approx(0, abs=1e-7)
