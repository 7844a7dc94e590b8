from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.func import vmap

from gan_lightning.core.errors import UsageError
from gan_lightning.ensemble.varied_hyperparameters import Varied, differing, numbers, structure_key, with_varied
from gan_lightning.loss import LeastSquares, Minimax, NonSaturating, Wasserstein
from gan_lightning.penalty import R1R2, GradientPenalty

VALUES = [1.0, 2.0, 4.0]


def of_each(formula: Any) -> list[float]:
    """The results of a formula of a number and a tensor for each of the values, through `Varied`."""

    def one(own: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = formula(Varied(VALUES, own), x)
        return result

    answers: list[float] = vmap(one)(torch.tensor(VALUES), torch.full((3,), 3.0)).tolist()
    return answers


@pytest.mark.parametrize(
    "formula",
    [
        lambda v, x: v * x,
        lambda v, x: x * v,
        lambda v, x: v / 2 * x,
        lambda v, x: x - v,
        lambda v, x: v - x,
        lambda v, x: (1 - v) * x,
        lambda v, x: (2 / v + v) * x,
        lambda v, x: 1 + v + x,
        lambda v, x: x / (v - -v) ** 2,
        lambda v, x: x + (3 + v) / v if v else x,
    ],
)
def test_formulas_give_each_member_its_own(formula: Any) -> None:
    x = torch.tensor(3.0)
    assert of_each(formula) == pytest.approx([float(formula(value, x)) for value in VALUES])


def test_a_formula_may_ask_whether_the_number_is_zero() -> None:
    own = torch.zeros(())
    assert Varied([1.0, 2.0], own)
    assert not Varied([0.0, 0.0], own)
    assert not 1 - Varied([1.0, 1.0], own)
    with pytest.raises(UsageError, match="zero for some"):
        bool(1 - Varied([1.0, 0.9], own))


def test_what_the_signature_calls_a_float_may_differ() -> None:
    assert numbers(R1R2(1, 0.5, interval=3)) == {"r1": 1.0, "r2": 0.5}
    assert numbers(GradientPenalty(3.0, one_sided=True)) == {"weight": 3.0}
    assert differing([R1R2(1.0, 2.0), R1R2(3, 2.0)]) == {"r1": [1.0, 3.0]}
    assert structure_key(R1R2(1.0, batch_fraction=0.5)) != structure_key(R1R2(1.0))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (GradientPenalty(0.1), GradientPenalty(10), True),
        (GradientPenalty(0.1), GradientPenalty(0.1, one_sided=True), False),
        (R1R2(1.0, 0.0), R1R2(1.0, 0.1), False),
        (R1R2(1.0, 0.2), R1R2(2.0, 0.1), True),
        (R1R2(interval=1), R1R2(interval=2), False),
        (Wasserstein(), Wasserstein(1e-3), False),
        (LeastSquares(0.0, 1.0), LeastSquares(0.0, 2.0), True),
        (LeastSquares(0.0), LeastSquares(-1.0), False),
        (Minimax(), NonSaturating(), False),
    ],
)
def test_forms(a: object, b: object, same: bool) -> None:
    assert (structure_key(a) == structure_key(b)) == same


def test_the_part_itself_is_left_alone() -> None:
    penalty = GradientPenalty(10.0)
    mixture = with_varied(penalty, {"weight": VALUES}, {"weight": torch.tensor(0.0)})
    assert isinstance(mixture.weight, Varied)
    assert penalty.weight == 10.0
    assert with_varied(penalty, {}, {}) is penalty
