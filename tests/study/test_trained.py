"""Studies that train networks: their numbers after seconds of training, and their measurements by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.study.clipping import Clipping, layer_input_gradients
from gan_lightning.study.parallel_lines import ParallelLines
from gan_lightning.study.tool.base import Findings
from gan_lightning.study.tool.fit import seeded_init
from gan_lightning.study.vanishing_gradients import VanishingGradients, describe_change


@pytest.fixture(scope="module")
def lines() -> Findings:
    return ParallelLines(thetas=(-0.5, 1.0), steps=250, seeds=1, seed=3).run()


@pytest.mark.training
def test_closed_forms_stand_in_the_table(lines: Findings) -> None:
    closed = {(row[0], row[1]): row[3:5] for row in lines.table.rows if row[2] is None}
    for theta in (-0.5, 1.0):
        assert closed["KL in closed form", theta] == [math.inf, None]
        assert closed["JSD in closed form", theta] == [math.log(2), 0]
        assert closed["W in closed form", theta] == [abs(theta), math.copysign(1, theta)]


def test_trained_critics_estimate_them(lines: Findings) -> None:
    for source, theta, seed, value, slope, steepest in lines.table.rows:
        if source == "discriminator":
            assert seed == 3
            assert value == pytest.approx(math.log(2), abs=3e-3)
            assert abs(slope) < 0.03
        elif source == "penalised critic":
            # s|θ| with s = 1 + |θ|/2λ: a penalised critic is a little steeper than allowed.
            assert value == pytest.approx(abs(theta) * (1 + abs(theta) / 20), rel=0.06)
            assert slope == pytest.approx(math.copysign(1, theta), rel=0.2)
        elif source == "clipped critic":
            assert 0.8 * abs(theta) < value / steepest <= abs(theta) * 1.001
            assert slope * theta > 0


def test_lines_that_meet_raise() -> None:
    with pytest.raises(UsageError, match="other than 0"):
        ParallelLines(thetas=(0.0, 1.0))


def test_layer_input_gradients_by_hand() -> None:
    # D(x) = v · W x: its gradient in x is Wᵀv, in the second layer's input v, wherever x is.
    first, second = nn.Linear(2, 3, bias=False), nn.Linear(3, 1, bias=False)
    critic = nn.Sequential(first, second, nn.Flatten(0))
    v, w = second.weight[0].detach().double(), first.weight.detach().double()
    found = layer_input_gradients(critic, torch.randn(5, 2))
    assert found.tolist() == pytest.approx([(w.T @ v).norm().item(), v.norm().item()])
    assert first.weight.dtype == torch.float32


@pytest.fixture(scope="module")
def clipped() -> Findings:
    return Clipping(clips=(0.01, 0.3), steps=3, depth=4, width=16, batch=16, seeds=2).run()


@pytest.mark.training
def test_clipped_weights_lie_in_their_box(clipped: Findings) -> None:
    rows = [row for row in clipped.table.rows if row[0] == "clipping, c = 0.01"]
    assert [(row[1], row[2]) for row in rows] == [(seed, n) for seed in (0, 1) for n in range(1, 6)]
    assert all(0.8 < row[5] <= 1 for row in rows)  # He's weights are up to 0.6: nearly all are cut to ±0.01
    assert all(row[5] is None for row in clipped.table.rows if row[0] == "gradient penalty")


def test_small_boxes_make_gradients_vanish(clipped: Findings) -> None:
    tight, _, free = clipped.summary.rows
    # Four matrices of 16 × 16 weights of at most 0.01 shrink a gradient by 0.16 at least each, from 0.04 on.
    assert tight[1] < 0.04 * 0.16**3 * 0.01 * 16**0.5 * 2**0.5
    assert tight[3].value < -3
    assert abs(free[3].value) < 1
    assert "vanishes at c = 0.01" in clipped.conclusions[0]


@pytest.mark.training
def test_training_depends_on_the_seed_alone() -> None:
    before = torch.get_rng_state()
    one, same, other = (
        Clipping(clips=(0.1,), steps=1, depth=2, width=8, batch=8, seeds=1, seed=seed).run().table.rows
        for seed in (0, 0, 1)
    )
    assert one == same
    assert [row[3] for row in one] != [row[3] for row in other]
    assert torch.get_rng_state().equal(before)
    assert seeded_init(0, lambda: torch.randn(1)).equal(seeded_init(0, lambda: torch.randn(1)))


@pytest.fixture(scope="module")
def vanishing() -> Findings:
    return VanishingGradients(stages=(2, 8), steps=20, every=10, size=8, width=16, seeds=1).run()


@pytest.mark.training
def test_gradients_vanish_or_do_not(vanishing: Findings) -> None:
    of = {(row[0], row[1]): row[2:5] for row in vanishing.summary.rows}
    assert list(of) == [(loss, stage) for loss in ("log(1 - D)", "-log D", "Wasserstein") for stage in (2, 8)]
    for stage in (2, 8):
        start, _, end = of["log(1 - D)", stage]
        assert end < 0.5 * start
        start, _, end = of["-log D", stage]
        assert end > start
        _, learned, end = of["Wasserstein", stage]
        assert 0.5 < end / learned < 2
    assert len(vanishing.table.rows) == 3 * 2 * 3


def test_the_description_follows_the_numbers() -> None:
    assert describe_change([0.01, 0.05]) == "vanishes"
    assert describe_change([0.01, 0.5]) == "shrinks"
    assert describe_change([1.5, 3]) == "grows"
    assert describe_change([0.5, 3]) == "neither grows nor shrinks everywhere"
    with pytest.raises(UsageError, match="give one or more stages"):
        VanishingGradients(stages=())


@pytest.mark.parametrize("findings", ["lines", "clipped", "vanishing"])
def test_figures_are_drawn(findings: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    figure = request.getfixturevalue(findings).figure
    assert figure.width == 2160
    assert len(np.unique(np.asarray(figure).reshape(-1, 3)[::97], axis=0)) > 20
