from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gan_lightning.compare.figures import _line, gradient_norm
from gan_lightning.compare.group import Group
from gan_lightning.compare.run import Run, estimates
from gan_lightning.plot.series import pens


def run(*rows: dict[str, float]) -> Run:
    return Run(Path(), {}, [{"step": float(k)} | row for k, row in enumerate(rows, start=1)], {})


def test_a_line_is_the_mean_at_steps_that_all_seeds_have() -> None:
    one = run({"w1": 4.0}, {"w1": 3.0}, {}, {"w1": 1.0})
    other = run({"w1": 6.0}, {"w1": float("inf")}, {"w1": 9.0}, {"w1": 5.0})
    line = _line(Group((), (one, other), "both", 0), "w1", pens(1)[0], None)
    assert line is not None
    assert line.x.tolist() == [1, 4]
    assert line.y.tolist() == [5, 3]
    np.testing.assert_allclose(line.error, [1, 2])  # deviations √2 and √8 over √2
    assert _line(Group((), (one, run({"w2": 1.0})), "none", 0), "w1", pens(1)[0], None) is None


def test_the_gradient_norm_is_the_median_of_the_later_half() -> None:
    assert gradient_norm(run(*({"critic_grad_norm": x} for x in (900.0, 800.0, 5.0, 1.0, 3.0)))) == 3.0
    assert gradient_norm(run({"w1": 1.0})) is None


@pytest.mark.parametrize("ordered", [True, False])
def test_no_two_of_twelve_lines_look_alike(ordered: bool) -> None:
    assert len(set(pens(12, ordered))) == 12


def test_the_estimates_of_all_losses_are_known() -> None:
    assert {"wasserstein", "jensen_shannon", "total_variation", "triangular"} <= set(estimates())
