from __future__ import annotations

import pytest
import torch
from hypothesis import given

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import LeastSquares
from tests.helper.divergences import distributions, scores

REAL, FAKE = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 2.0])


def test_by_hand() -> None:
    # ½·mean(0, 4) + ½·mean(0, 4) and ½·mean(1, 1)
    assert LeastSquares().critic(REAL, FAKE).item() == 2.0
    assert LeastSquares().generator(FAKE, lambda: REAL).item() == 0.5


def test_labels_by_hand() -> None:
    loss = LeastSquares(fake_label=-1.0, real_label=1.0, generator_label=0.0)
    assert loss.critic(REAL, FAKE).item() == 3.5  # ½·mean(0, 4) + ½·mean(1, 9)
    assert loss.generator(FAKE, lambda: REAL).item() == 1.0  # ½·mean(0, 4)


@given(distributions())
def test_estimates_triangular_discrimination(pq: tuple[torch.Tensor, torch.Tensor]) -> None:
    p, q = (c.double() / c.sum() for c in pq)
    best = (2 * p - q) / (p + q)  # labels b = 2, a = -1
    expected = ((p - q) ** 2 / (p + q)).sum().item()
    estimate = LeastSquares(fake_label=-1.0, real_label=2.0).divergence(*scores(best, *pq))
    assert estimate.item() == pytest.approx(expected, abs=1e-9)


def test_refuses_equal_labels() -> None:
    with pytest.raises(UsageError, match="need different labels"):
        LeastSquares(fake_label=1.0)
