from __future__ import annotations

import pytest

from gan_lightning.schedule.cosine import Cosine


def test_by_hand() -> None:
    falls = Cosine(end_step=100, final=0.25)
    assert [falls(k) for k in (0, 50, 100, 1000)] == pytest.approx([1.0, 0.625, 0.25, 0.25])
    assert Cosine(end_step=3)(1) == pytest.approx(0.75)  # cos 60° is a half
