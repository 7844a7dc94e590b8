"""Levels and resolutions."""

from __future__ import annotations

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.resolution_level import level_of


@pytest.mark.parametrize("base", [4, 5, 6, 7])
def test_each_doubling_is_a_level(base: int) -> None:
    assert [level_of(base << level, "it") for level in range(9)] == list(range(9))


@pytest.mark.parametrize(
    ("wrong", "remedy"), [(0, "4"), (2, "4"), (9, "10 or 8"), (30, "32 or 28"), (100, "112 or 96")]
)
def test_refuses_what_lies_between(wrong: int, remedy: str) -> None:
    with pytest.raises(UsageError) as refusal:
        level_of(wrong, "data.size")
    assert str(refusal.value) == f"data.size={wrong} is not base·2^level with base 4…7: use {remedy}"
