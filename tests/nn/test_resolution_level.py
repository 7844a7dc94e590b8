"""Levels and resolutions."""

from __future__ import annotations

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.resolution_level import level_of, resolution_of


def test_from_4_to_1024() -> None:
    resolutions = [4, 8, 16, 32, 64, 128, 256, 512, 1024]
    assert [resolution_of(level) for level in range(9)] == resolutions
    assert [level_of(resolution, "it") for resolution in resolutions] == list(range(9))


@pytest.mark.parametrize(("wrong", "remedy"), [(0, "4"), (2, "4"), (5, "4 or 8"), (28, "16 or 32"), (96, "64 or 128")])
def test_refuses_what_lies_between(wrong: int, remedy: str) -> None:
    with pytest.raises(UsageError) as refusal:
        level_of(wrong, "data.size")
    assert str(refusal.value) == f"data.size={wrong} is not a power of two from 4 on: use {remedy}"
