from __future__ import annotations

import math

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import RelativisticPairing

REAL, FAKE = torch.tensor([math.log(3), 1.0]), torch.tensor([0.0, 1.0])


def test_by_hand() -> None:
    # margins log 3 and 0
    assert RelativisticPairing().critic(REAL, FAKE).item() == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)
    assert RelativisticPairing().generator(FAKE, lambda: REAL).item() == pytest.approx((math.log(4) + math.log(2)) / 2)


def test_only_differences_count() -> None:
    shifted = RelativisticPairing().critic(REAL + 7, FAKE + 7)
    assert shifted.item() == pytest.approx(RelativisticPairing().critic(REAL, FAKE).item(), rel=1e-6)


def test_indistinguishable_is_zero_and_certain_is_log_two() -> None:
    loss = RelativisticPairing()
    assert loss.divergence(REAL, REAL).item() == pytest.approx(0, abs=1e-7)
    assert loss.divergence(REAL + 100, FAKE).item() == pytest.approx(math.log(2))


def test_refuses_odd_pairs() -> None:
    with pytest.raises(UsageError, match="pairs need as many"):
        RelativisticPairing().critic(REAL, FAKE[:1])
