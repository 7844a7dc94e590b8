from __future__ import annotations

from typing import Any

import pytest

from gan_lightning.diagnostic import SampleRepetition
from tests.helper.observations import observe, probe

REAL = [(0.0, 0.0), (2.0, 0.0), (4.0, 0.0), (6.0, 0.0)]  # nearest neighbours 2 apart: fakes repeat within 0.1


def sign(*fake: float) -> Any:
    return SampleRepetition()(observe(lr=(1e-4, 1e-2), probe=probe(real=REAL, fake=[(x, 0.0) for x in fake])))


@pytest.mark.parametrize(
    ("fake", "repeats", "wrong"),
    [
        ((0.0, 0.09, 3.0, 6.0), "25%", False),
        ((0.0, 0.11, 3.0, 6.0), "0%", False),
        ((0.0, 0.09, 0.09, 6.0), "50%", False),
        ((0.0, 0.09, 0.09, 0.0), "75%", True),
    ],
)
def test_repeats_are_near_to_an_earlier_sample(fake: tuple[float, ...], repeats: str, wrong: bool) -> None:
    assert sign(*fake).evidence.startswith(f"{repeats} of 4 repeat an earlier one (threshold 50%)")
    assert sign(*fake).wrong == wrong


def test_samples_in_one_place_without_a_repeat() -> None:
    """Steps of 0.15 against steps of 2: a variance of 0.56%."""
    assert sign(0.0, 0.15, 0.3, 0.45).wrong
    assert "their variance is 0.6% of the reals'" in sign(0.0, 0.15, 0.3, 0.45).evidence
    assert not sign(0.0, 0.25, 0.5, 0.75).wrong


def test_advice_is_a_slower_generator() -> None:
    assert sign(0.0, 0.0, 0.0, 0.0).advice == "objective.generator_optimizer.lr=0.0001"


def test_broken_samples_are_another_matter() -> None:
    assert SampleRepetition()(observe(probe=probe(fake=[(float("nan"), 0.0), (0.0, 0.0)]))) is None
    assert SampleRepetition()(observe()) is None
