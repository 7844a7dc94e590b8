"""Studies of closed forms: the numbers in their tables and sentences."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.study.kl_directions import KLDirections
from gan_lightning.study.noise_bound import NoiseBounds
from gan_lightning.study.non_saturating import NonSaturatingPulls
from gan_lightning.study.tool.base import Findings, Table


def column(table: Table, name: str) -> list[object]:
    place = list(table.columns).index(name)
    return [row[place] for row in table.rows]


@pytest.fixture(scope="module")
def directions() -> Findings:
    return KLDirections(share=0.7, gaps=(0.0, 2.0, 8.0), shown=(0.0, 2.0, 8.0)).run()


@pytest.mark.training
def test_the_forward_fit_has_the_mixtures_moments(directions: Findings) -> None:
    covers = [row for row in directions.table.rows if row[0] == "covers"]
    for _, gap, mean, std, forward, reverse in covers:
        assert mean == pytest.approx(0.3 * gap)
        assert std == pytest.approx(math.sqrt(1 + 0.21 * gap**2))
        assert forward <= 1e-9 if gap == 0 else 0 < forward < reverse


def test_the_reverse_fit_is_the_heavier_mode(directions: Findings) -> None:
    ((_, _, mean, std, forward, reverse),) = [row for row in directions.table.rows if row[:2] == ["selects", 8.0]]
    assert (mean, std) == (pytest.approx(0, abs=1e-3), pytest.approx(1, abs=1e-3))
    assert reverse == pytest.approx(-math.log(0.7), abs=1e-4)
    # What lies at the other mode costs log(0.3/q) with q = N(0, 1): close to 0.3 (8²/2 + log 0.3) + 0.7 log 0.7.
    assert forward == pytest.approx(0.3 * (32 + math.log(0.3)) + 0.7 * math.log(0.7), abs=0.02)
    assert f"-log 0.7 = {-math.log(0.7):.4f}" in directions.conclusions[2]


def test_directions_refuse_what_cant_be_drawn() -> None:
    with pytest.raises(UsageError, match="show three of them"):
        KLDirections(gaps=(1.0, 2.0), shown=(1.0, 2.0, 3.0))
    with pytest.raises(UsageError, match=r"share=0\.2"):
        KLDirections(share=0.2)


@pytest.fixture(scope="module")
def noise() -> Findings:
    return NoiseBounds(distances=(0.02, 0.1), least=0.002, most=1.0, levels=9).run()


@pytest.mark.training
def test_the_bound_holds(noise: Findings) -> None:
    table = noise.table
    distance, std, bound = (np.array(column(table, name)) for name in ("distance = W", "noise std", "bound"))
    assert (bound > distance).all()
    spread, confusion = (np.array(column(table, name)) for name in ("2 V^½", "2C √JSD"))
    assert spread + confusion == pytest.approx(bound)
    assert spread == pytest.approx(2 * std, rel=0.01)  # a little less: the Gaussian is cut at four deviations
    diameter = 1 + distance + 8 * std
    jsd = np.array(column(table, "JSD"))
    assert confusion == pytest.approx(2 * diameter * np.sqrt(jsd), rel=0.05, abs=1e-3)


def test_without_noise_nothing_can_be_learned_and_with_it_there_is_a_slope(noise: Findings) -> None:
    first = next(row for row in noise.table.rows if row[0] == 0.1)
    *_, divergence, slope, _ = first
    assert divergence == pytest.approx(math.log(2), abs=1e-6)
    assert abs(slope) < 1e-6
    best = noise.summary.rows[-1]
    assert best[6] > 0.1
    # Far from 0 noise JSD is a χ² of small shifts: quadratic in the distance, so its slope is 2 JSD/distance.
    last = noise.table.rows[8]
    assert last[6] == pytest.approx(2 * last[5] / 0.02, rel=0.01)


@pytest.fixture(scope="module")
def pulls() -> Findings:
    return NonSaturatingPulls(gap=12.0, starts=2, steps=120).run()


@pytest.mark.training
def test_prices_of_half_the_data(pulls: Findings) -> None:
    # Modes 12 apart are disjoint: the one kept is p's restriction, with twice its density.
    price = {row[0]: row[1] for row in pulls.summary.rows}
    jsd = (math.log(2 / 3) / 2 + math.log(2) / 2 + math.log(4 / 3)) / 2
    assert price["KL(q‖p)"] == pytest.approx(math.log(2))
    assert price["2 JSD"] == pytest.approx(2 * jsd)
    assert price["KL(q‖p) - 2 JSD"] == pytest.approx(math.log(2) - 2 * jsd)
    assert price["KL(p‖q)"] == pytest.approx(72 / 2 - math.log(2), rel=1e-3)  # half of E(x² - (x - 12)²)/2 = 72


def test_price_of_one_made_up_sample_in_a_hundred(pulls: Findings) -> None:
    price = {row[0]: row[2] for row in pulls.summary.rows}
    assert price["KL(p‖q)"] == pytest.approx(-math.log(0.99), rel=1e-4)
    assert price["KL(q‖p)"] > 40 * price["KL(p‖q)"]


def test_the_pulls_are_opposite_and_sum_up(pulls: Findings) -> None:
    rows = [row for row in pulls.table.rows if row[0] == "slope in the place of N(at, 1)"]
    of = {name: np.array([row[3] for row in rows if row[1] == name]) for name in ("KL(q‖p)", "JSD", "KL(q‖p) - 2 JSD")}
    assert of["KL(q‖p) - 2 JSD"] == pytest.approx(of["KL(q‖p)"] - 2 * of["JSD"], abs=1e-6)
    assert (of["KL(q‖p)"] * of["JSD"] >= -1e-12).all()


def test_descents_select_or_cover(pulls: Findings) -> None:
    ends = [row for row in pulls.table.rows if str(row[0]).startswith("descent, mean")]
    means = {(row[1], row[2]): row[3] for row in ends}
    for start in (-6.0, 6.0):
        assert means["KL(q‖p) - 2 JSD", start] == pytest.approx(start, abs=0.1)
        assert abs(means["KL(p‖q)", start]) < 0.7 * abs(start)  # on its way to the middle
    assert [row[3] for row in pulls.summary.rows] == [0, 2, 2, 2]
