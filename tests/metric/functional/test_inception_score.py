from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional import inception_score, inception_score_of_logits


@given(st.integers(2, 20), st.integers(1, 10))
def test_sure_of_every_class_alike_scores_their_number(classes: int, splits: int) -> None:
    score = inception_score(torch.eye(classes).repeat(splits, 1), splits)
    assert score.mean == pytest.approx(classes, rel=1e-12)
    assert score.std == pytest.approx(0, abs=1e-12)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=8))
def test_the_same_answer_for_all_scores_one(weights: list[float]) -> None:
    p = torch.tensor(weights, dtype=torch.double)
    score = inception_score((p / p.sum()).expand(30, -1))
    assert score.mean == pytest.approx(1, rel=1e-12)


def test_by_hand() -> None:
    """(0.9, 0.1) and (0.1, 0.9): p(y) is even, so exp(log 2 - H(0.1)) with H(0.1) = 0.325083."""
    score = inception_score(torch.tensor([[0.9, 0.1], [0.1, 0.9]]), splits=1)
    assert score.mean == pytest.approx(2 * math.exp(-0.3250829733914482), rel=1e-7)


def test_splits_are_scored_apart() -> None:
    """The first half shows one class (score 1), the second two (score 2)."""
    one, two = torch.eye(2)[[0, 0, 0, 0]], torch.eye(2)[[0, 1, 0, 1]]
    score = inception_score(torch.cat([one, two]), splits=2)
    assert score.mean == pytest.approx(1.5)
    assert score.std == pytest.approx(0.5)  # divided by n


def test_uneven_splits_use_every_sample() -> None:
    probabilities = torch.eye(3)[[0, 1, 0, 1, 2]]
    score = inception_score(probabilities, splits=2)  # three and two
    entropy = -(2 / 3) * math.log(2 / 3) - (1 / 3) * math.log(1 / 3)
    assert score.mean == pytest.approx((math.exp(entropy) + 2) / 2)


def test_logits_are_the_same_score_however_large() -> None:
    logits = 5 * torch.randn(50, 7)
    expected = inception_score(logits.double().softmax(1))
    assert inception_score_of_logits(logits) == expected
    assert inception_score_of_logits(1e4 * torch.eye(4).repeat(10, 1) - 5e3).mean == pytest.approx(4)


def test_refusals() -> None:
    with pytest.raises(UsageError, match="probabilities has 9 samples: this score needs at least 10"):
        inception_score(torch.full((9, 2), 0.5))
    with pytest.raises(UsageError, match="rows are no probabilities"):
        inception_score(torch.randn(20, 3))
    with pytest.raises(UsageError, match="splits=0: give 1 or more"):
        inception_score(torch.full((9, 2), 0.5), splits=0)
    with pytest.raises(UsageError, match="1 of 20 samples hold NaN"):
        inception_score_of_logits(torch.randn(20, 3).index_fill_(0, torch.tensor([7]), math.nan))
