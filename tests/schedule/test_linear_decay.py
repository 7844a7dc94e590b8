from __future__ import annotations

import pytest

from gan_lightning.runtime.refusal import Refusal
from gan_lightning.schedule.linear_decay import LinearDecay


def test_by_hand() -> None:
    factor = LinearDecay(start=100, end=300)
    assert [factor(k) for k in (0, 100, 150, 200, 300, 400)] == [1, 1, 0.75, 0.5, 0, 0]


def test_refuses_an_empty_slope() -> None:
    with pytest.raises(Refusal, match="start=5 is not before end=5"):
        LinearDecay(end=5, start=5)
