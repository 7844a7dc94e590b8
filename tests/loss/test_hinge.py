from __future__ import annotations

import pytest
import torch
from hypothesis import given

from gan_lightning.loss import Hinge
from tests.helper.divergences import distributions, scores

REAL, FAKE = torch.tensor([2.0, 0.5]), torch.tensor([-2.0, 0.5])


def test_by_hand() -> None:
    assert Hinge().critic(REAL, FAKE).item() == 1.0  # mean(0, ½) + mean(0, 3/2)
    assert Hinge().generator(FAKE, lambda: REAL).item() == 0.75


@given(distributions())
def test_estimates_total_variation(pq: tuple[torch.Tensor, torch.Tensor]) -> None:
    p, q = (c.double() / c.sum() for c in pq)
    expected = (p - q).abs().sum().item() / 2
    assert Hinge().divergence(*scores((p - q).sign(), *pq)).item() == pytest.approx(expected, abs=1e-9)
