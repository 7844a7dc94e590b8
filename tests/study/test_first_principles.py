"""Studies of transport plans, clean gradients, manifolds and the triangle inequality: their numbers by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.study import manifolds
from gan_lightning.study.clean_gradients import CleanGradients
from gan_lightning.study.manifolds import Manifolds
from gan_lightning.study.tool.base import Findings
from gan_lightning.study.transport_plans import TransportPlans
from gan_lightning.study.triangle_inequality import TriangleInequality
from gan_lightning.theory import transport

# ---- transport plans ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def boxes() -> Findings:
    return TransportPlans().run()


def test_costs_of_the_lectures(boxes: Findings) -> None:
    """Two boxes cost 2 or 6. Six that all go to the right cost 42 by every plan: Σ y - Σ x = 52 - 10."""
    rows = {row[0]: row[1:] for row in boxes.summary.rows}
    assert rows["two boxes"] == [2, 2, 6, pytest.approx(1), pytest.approx(1)]
    assert rows["all to the right"] == [19, 42, 42, pytest.approx(7), pytest.approx(7)]
    assert rows["both ways"][1] < rows["both ways"][2]
    assert "each of 19 plans costs 42. Every box goes to the right" in boxes.conclusions[1]


def test_plans_are_all_there_are(boxes: Findings) -> None:
    """Of two piles of one box there are two plans; of 3, 2, 1 boxes for 1, 1, 3, 1 places as many as by brute force."""
    plans = [row[2] for row in boxes.table.rows if row[0] == "all to the right"]
    counted = 0
    for numbers in np.ndindex(2, 2, 4, 2, 2, 2, 3, 2):
        matrix = np.array(numbers).reshape(2, 4)
        last = np.array([1, 1, 3, 1]) - matrix.sum(0)
        counted += bool((matrix.sum(1) == (3, 2)).all() and (last >= 0).all() and last.sum() == 1)
    assert len(plans) == len(set(plans)) == counted == 19


def test_the_cheapest_plan_is_that_of_the_linear_program() -> None:
    piles, places = ((0.0, 2), (3.0, 1), (4.5, 2)), ((1.0, 3), (4.0, 2))
    found = TransportPlans(examples=(("mine", piles, places),)).run()
    x, p = torch.tensor(piles, dtype=torch.float64).T
    y, q = torch.tensor(places, dtype=torch.float64).T
    exact = transport((x[:, None] - y).abs(), p, q).cost.item()
    assert found.summary.rows[0][2] == pytest.approx(exact)
    assert found.summary.rows[0][4] == pytest.approx(exact / 5)


def test_boxes_that_dont_match_are_refused() -> None:
    with pytest.raises(UsageError, match=r"^study.examples is empty: give one or more, such as"):
        TransportPlans(examples=())
    with pytest.raises(UsageError, match=r"study.examples, mine: 2 boxes to move to 1 places: give as many"):
        TransportPlans(examples=(("mine", ((0.0, 2),), ((1.0, 1),)),))
    many = tuple((float(k), 9) for k in range(6))
    with pytest.raises(UsageError, match="mine: it has more than 200,000 plans"):
        TransportPlans(examples=(("mine", many, many),)).run()


# ---- clean gradients ----------------------------------------------------------------------------------------------


@pytest.mark.training
def test_gradients_of_two_gaussians() -> None:
    """log p - log q = -16 (x - 2) for N(0, ½²) and N(4, ½²): a slope of 16, and D = e⁻³² at the fakes' mean."""
    found = CleanGradients(steps=200, seeds=1).run()
    closed = {(row[2], round(row[3], 6)): row[4] for row in found.table.rows if row[0] == "closed form"}  # type: ignore[call-overload]
    assert closed["log(1 - D)", 4.0] == pytest.approx(16 * math.exp(-32), rel=1e-9)
    assert closed["-log D", 4.0] == pytest.approx(16)
    assert closed["log(1 - D)", 2.0] == pytest.approx(8)  # D = ½
    assert closed["-log D", 2.0] == pytest.approx(8)
    assert closed["Wasserstein", 4.0] == 1
    (vanishing, _, _, most), (_, _, least, _), (_, _, low, high) = (row[1:] for row in found.summary.rows)
    assert vanishing < 1e-12
    assert most < least  # type: ignore[operator]
    assert 0.7 < low <= high < 1.4  # type: ignore[operator]


# ---- manifolds ----------------------------------------------------------------------------------------------------


@pytest.mark.training
def test_dimensions_and_meetings() -> None:
    found = Manifolds(space=6, latent_dims=(1, 3), points=800, moves=400, seeds=2).run()
    dims = {(row[1], row[2]): row[3:5] for row in found.table.rows if row[0] == 1}
    assert {n: rank for (n, _), (rank, _) in dims.items()} == {1: 1, 3: 3}
    for (n, _), (_, estimate) in dims.items():
        assert estimate == pytest.approx(n, rel=0.2)
    moved = [row for row in found.table.rows if row[0] == 2]
    met = [row for row in moved if row[7] is not None]
    assert len(moved) == 400
    assert 0.4 < len(met) / 400 < 0.7
    assert all(row[8] == 0 and row[7] > 0 for row in met)  # type: ignore[operator]


def test_meetings_by_hand() -> None:
    """Circles of radii 1 and ½: touching at (1, 0), crossing at a right angle where d² = 1 + ¼, apart beyond 1½."""
    touching = manifolds.touching()
    assert (touching.angle, touching.shared) == (pytest.approx(0, abs=1e-5), 1)
    right = manifolds._meeting(torch.tensor([math.sqrt(1.25), 0.0], dtype=torch.float64))
    assert (right.angle, right.shared) == (pytest.approx(90), 0)
    outside = manifolds._meeting(torch.tensor([0.0, 1.6], dtype=torch.float64))
    inside = manifolds._meeting(torch.tensor([0.1, 0.0], dtype=torch.float64))
    assert outside.angle is None
    assert inside.angle is None


def test_the_share_near_a_crossing_is_as_large_as_the_distance() -> None:
    """At a right angle: two crossings, 2ε of the circumference 2π each. Touching circles share the root of it."""
    crossing = manifolds._shares(torch.tensor([math.sqrt(1.25), 0.0]))
    assert crossing[2] == pytest.approx(2 * 2 * 0.01 / (2 * math.pi), rel=0.02)
    touching = manifolds._shares(manifolds.touching().offset)
    assert touching[2] / touching[6] == pytest.approx(math.sqrt(100), rel=0.02)
    assert crossing[2] / crossing[6] == pytest.approx(100, rel=0.05)


def test_latents_of_as_many_dimensions_are_refused() -> None:
    with pytest.raises(UsageError, match=r"study.latent_dims=\[4\]: give some below study.space=4"):
        Manifolds(space=4, latent_dims=(4,))


# ---- the triangle inequality --------------------------------------------------------------------------------------


def test_the_square_root_of_jsd_is_a_distance_and_jsd_is_none() -> None:
    """(1, 0), (½, ½), (0, 1): JSD is log 2 for the direct way, and twice ¾ log 4/3 for the detour."""
    found = TriangleInequality(triples=300).run()
    rows = {row[0]: row[1:] for row in found.summary.rows}
    direct, half = math.log(2), 0.75 * math.log(4 / 3)
    assert rows["JSD"][2] == pytest.approx(direct / (2 * half))
    assert rows["√JSD"][2] == pytest.approx(math.sqrt(direct) / (2 * math.sqrt(half)))
    assert rows["JSD"][2] > 1 > rows["√JSD"][2]  # type: ignore[operator]
    for name, (largest, violations, _) in rows.items():
        assert (violations > 0) == (name in ("KL", "JSD"))  # type: ignore[operator]
        assert (largest > 1 + 1e-9) == (name in ("KL", "JSD"))  # type: ignore[operator]
