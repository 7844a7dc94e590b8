from __future__ import annotations

import pytest
import torch
from hypothesis import given

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import EnergyMargin
from tests.helper.divergences import distributions, scores

REAL, FAKE = torch.tensor([-2.0, -0.5]), torch.tensor([-4.0, -1.0])  # energies 2 and ½ of reals, 4 and 1 of fakes


def test_by_hand() -> None:
    loss = EnergyMargin(3.0)
    assert loss.critic(REAL, FAKE).item() == 2.25  # mean(2, ½) + mean(0, 3 - 1)
    assert loss.generator(FAKE, lambda: REAL).item() == 2.5
    assert loss.divergence(REAL, FAKE).item() == 0.25  # 1 - 2.25 / 3


def test_energies_below_zero_are_cut_off() -> None:
    real = torch.tensor([5.0, -1.0], requires_grad=True)
    value = EnergyMargin(3.0).critic(real, FAKE)
    assert value.item() == 1.5  # mean(0, 1) + mean(0, 2)
    value.backward()
    assert real.grad is not None
    assert real.grad.tolist() == [0.0, -0.5]


@given(distributions())
def test_estimates_total_variation(pq: tuple[torch.Tensor, torch.Tensor]) -> None:
    """The optimal energy is 0 where the data are likelier and m where the fakes are (Zhao et al. 2017, lemma 1)."""
    p, q = (c.double() / c.sum() for c in pq)
    expected = (p - q).abs().sum().item() / 2
    optimal = -3.0 * (p < q).double()
    assert EnergyMargin(3.0).divergence(*scores(optimal, *pq)).item() == pytest.approx(expected, abs=1e-9)


def test_a_margin_is_positive() -> None:
    with pytest.raises(UsageError, match=r"EnergyMargin: margin=0\.0 must be greater than 0"):
        EnergyMargin(0.0)
