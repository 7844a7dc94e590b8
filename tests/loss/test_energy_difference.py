from __future__ import annotations

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import EnergyDifference

REAL, FAKE = torch.tensor([2.0, 1.0]), torch.tensor([-4.0, -1.0])


def test_by_hand() -> None:
    assert EnergyDifference().critic(REAL, FAKE).item() == -4.0
    assert EnergyDifference(0.8).critic(REAL, FAKE).item() == pytest.approx(-2.0)  # a fifth of -2.5, less 1.5
    assert EnergyDifference(0.8).generator(FAKE, lambda: REAL).item() == 2.5
    assert EnergyDifference(0.8).divergence(REAL, FAKE).item() == 4.0


def test_the_gradient_is_that_of_the_likelihood() -> None:
    """Where fakes follow the model p = softmax(D) of four points, the slope of the loss in D is that of -E log p."""
    scores = torch.tensor([0.3, -1.0, 2.0, 0.5], dtype=torch.float64, requires_grad=True)
    counts = torch.tensor([3, 1, 2, 2])  # of reals
    (-(counts / 8 * scores.log_softmax(0)).sum()).backward()
    likelihood, scores.grad = scores.grad, None
    model = scores.detach().softmax(0)
    fakes = (scores * model).sum() * 4  # a mean over four fakes with these weights
    EnergyDifference().critic(scores.repeat_interleave(counts), fakes[None] / 4).backward()
    torch.testing.assert_close(scores.grad, likelihood)


def test_a_discount_is_below_one() -> None:
    with pytest.raises(UsageError, match=r"EnergyDifference: discount=1\.0 must be less than 1"):
        EnergyDifference(1.0)
