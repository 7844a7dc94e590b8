from __future__ import annotations

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import Wasserstein

REAL, FAKE = torch.tensor([2.0, 4.0]), torch.tensor([-1.0, 0.0])


def test_by_hand() -> None:
    loss = Wasserstein()
    assert loss.critic(REAL, FAKE).item() == -3.5
    assert loss.generator(FAKE, lambda: REAL).item() == 0.5
    assert loss.divergence(REAL, FAKE).item() == 3.5


def test_drift_joins_the_critic_alone() -> None:
    loss = Wasserstein(drift=1e-3)
    assert loss.critic(REAL, FAKE).item() == pytest.approx(-3.5 + 1e-3 * 10)
    assert loss.generator(FAKE, lambda: REAL).item() == 0.5
    assert loss.divergence(REAL, FAKE).item() == 3.5


def test_distance_on_the_line() -> None:
    # On a line, with all of q left of all of p, the best 1-Lipschitz critic is the coordinate itself.
    p, q = torch.tensor([5.0, 6.0, 9.0]), torch.tensor([1.0, 2.0, 4.0])
    assert Wasserstein().divergence(p, q).item() == pytest.approx((p.sort().values - q.sort().values).mean().item())


def test_refuses_negative_drift() -> None:
    with pytest.raises(UsageError, match="drift"):
        Wasserstein(drift=-1.0)
