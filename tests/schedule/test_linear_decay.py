from __future__ import annotations

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.schedule.linear_decay import LinearDecay


def test_by_hand() -> None:
    factor = LinearDecay(end_step=300, hold_fraction=1 / 3)
    assert [factor(k) for k in (0, 100, 150, 200, 300, 400)] == pytest.approx([1, 1, 0.75, 0.5, 0, 0])
    assert [LinearDecay(end_step=4)(k) for k in range(5)] == [1, 0.75, 0.5, 0.25, 0]
    assert [LinearDecay(end_step=3, final=0.25)(k) for k in range(5)] == [1, 0.75, 0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    "wrong", [{"end_step": 0}, {"end_step": 5, "hold_fraction": 1.0}, {"end_step": 5, "final": 1.0}]
)
def test_refuses(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=list(wrong)[-1]):
        LinearDecay(**wrong)  # type: ignore[arg-type]
