from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.plot.curves import FEW, curves, smooth, span

FULL = {
    "critic_loss": -1.0,
    "generator_loss": 2.0,
    "wasserstein": 1.0,
    "val_wasserstein": 1.5,
    "images_per_second": 9e3,
}


@given(st.floats(-1e6, 1e6), st.integers(FEW, 400))
def test_a_constant_stays_itself(value: float, n: int) -> None:
    np.testing.assert_allclose(smooth(np.full(n, value)), value, rtol=1e-12, atol=1e-12)


@given(st.integers(FEW, 400))
def test_a_line_stays_itself_away_from_the_ends(n: int) -> None:
    line, edge = np.arange(n, dtype=float), 2 * max(1, n // 40)
    np.testing.assert_allclose(smooth(line)[edge:-edge], line[edge:-edge])


@given(st.integers(0, 99))
def test_a_single_spike_leaves_no_trace(at: int) -> None:
    values = np.ones(100)
    values[at] = 1e6
    np.testing.assert_array_equal(smooth(values), np.ones(100))


def test_the_axis_excludes_spikes_of_long_runs_only() -> None:
    low, high = span(np.array([0.0, 10.0]))
    assert (low, high) == pytest.approx((-0.6, 10.6))
    values = np.linspace(0, 1, 1000)
    values[0] = 1e6
    assert span(values)[1] < 2


@pytest.mark.parametrize("value", [0.0, 3.0, -2.0])
def test_an_axis_of_one_value_has_room_around_it(value: float) -> None:
    low, high = span(np.array([value]))
    assert low < value < high


@pytest.mark.training
@pytest.mark.parametrize("n", [1, 2, FEW - 1, FEW, 300])
def test_runs_of_every_length_are_drawn(n: int) -> None:
    assert curves([{"step": k} | FULL for k in range(1, n + 1)], "wasserstein").size == (800, 50 + 3 * 215)


@pytest.mark.training
@pytest.mark.parametrize(
    ("keys", "panels"),
    [(FULL, 3), (["critic_loss"], 1), (["critic_loss", "images_per_second"], 2), (["val_wasserstein"], 1), ([], 1)],
)
def test_a_panel_for_each_metric_of_the_rows(keys: list[str], panels: int) -> None:
    rows = [{"step": k} | {key: FULL[key] for key in keys} for k in (1, 50)]
    assert curves(rows, "wasserstein").size == (800, 50 + panels * 215)


def test_a_score_has_a_panel_of_its_own() -> None:
    rows = [{"step": k, "critic_loss": 1.0, "fid": 90.0 - k} for k in range(3)]
    drawn = [curves(rows, "wasserstein", score, "lower") for score in ("fid", "kid")]
    assert [image.size for image in drawn] == [(800, 50 + 2 * 215), (800, 50 + 215)]


def test_nonfinite_values_are_omitted() -> None:
    rows = [{"step": k, "critic_loss": value} for k, value in enumerate([1.0, math.nan, math.inf, 2.0])]
    assert curves(rows, "jensen_shannon").size == (800, 50 + 215)
