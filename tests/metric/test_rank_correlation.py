from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gan_lightning.metric.rank_correlation import column, pairs, rank_correlation, spearman

few_values = st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=2, max_size=40)  # with many ties


def rows(estimate: list[float], score: list[float], name: str = "w1") -> list[dict[str, float]]:
    both = zip(estimate, score, strict=True)
    return [{"step": 10.0 * k, "wasserstein": x, name: y} for k, (x, y) in enumerate(both, start=1)]


def test_by_hand() -> None:
    # ranks 1 2 3 4 and 2 1 4 3: 1 - 6 (1 + 1 + 1 + 1) / (4 · 15) = 0.6
    assert spearman([1, 5, 7, 90], [3, 2, 9, 4]) == pytest.approx(0.6, abs=1e-15)
    # ranks 1.5 1.5 3 and 1 2 3: covariance 1.5, variances 1.5 and 2
    assert spearman([4, 4, 6], [1, 2, 3]) == pytest.approx(1.5 / math.sqrt(3), abs=1e-15)


@given(few_values)
def test_as_scipy_with_ties(values: list[tuple[int, int]]) -> None:
    x, y = zip(*values, strict=True)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert math.isnan(spearman(x, y))
    else:
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


@given(st.lists(st.floats(-50, 50), min_size=3, max_size=30, unique=True))
def test_only_the_order_counts(values: list[float]) -> None:
    x = np.round(values, 6)
    y = np.roll(x, 1)
    assert spearman(np.exp(x), y) == pytest.approx(spearman(x, y), abs=1e-12, nan_ok=True)
    assert spearman(-x, y) == pytest.approx(-spearman(x, y), abs=1e-12, nan_ok=True)


def test_a_better_score_that_is_higher_is_turned_around() -> None:
    falling, rising = [5.0, 4.0, 2.0, 1.0], [1.0, 2.0, 3.0, 8.0]
    for name, score, rho in (("w1", falling, 1), ("w1", rising, -1), ("modes", rising, 1), ("modes", falling, -1)):
        found = rank_correlation(rows(falling, score, name), "wasserstein", name)
        assert found is not None
        assert found.value == pytest.approx(rho)


def test_two_trends_agree_though_their_changes_do_not() -> None:
    steps = np.random.default_rng(0).uniform(0, 1, (2, 400))
    x, y = 1000 - np.cumsum(steps, axis=1)
    found = rank_correlation(rows(list(x), list(y)), "wasserstein", "w1")
    assert found is not None
    assert found.value == pytest.approx(1.0, abs=1e-12)
    assert abs(found.changes) < 4 / math.sqrt(400)
    assert found.changes == pytest.approx(stats.spearmanr(np.diff(x), np.diff(y)).statistic, abs=1e-12)
    assert found.n == 400


def test_only_steps_with_both_finite_figures_from_the_first_that_counts() -> None:
    table = rows([9, math.inf, 3, 2, 1, 0], [9, 8, 7, math.nan, 5, 4])
    table += [{"step": 70.0, "wasserstein": 1.0}, {"step": 80.0, "w1": 1.0}]
    assert pairs(table, "wasserstein", "w1")[0].tolist() == [10, 30, 50, 60]
    assert pairs(table, "wasserstein", "w1", burn_in=30)[1].tolist() == [3, 1, 0]
    found = rank_correlation(table, "wasserstein", "w1", burn_in=30)
    assert found is not None
    assert found.n == 3
    assert rank_correlation(table, "wasserstein", "w1", burn_in=31) is None
    assert rank_correlation(table, "wasserstein", "absent") is None


def test_means_since_the_last_scoring_are_held_against_scores_where_there_are_such() -> None:
    table = rows([9, 3, 2], [9, 8, 7])
    assert column(table, "wasserstein") == "wasserstein"
    table[-1]["wasserstein_mean"] = 1.0
    assert column(table, "wasserstein") == "wasserstein_mean"
