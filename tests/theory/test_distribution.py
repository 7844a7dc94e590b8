from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.theory import grid, kl
from gan_lightning.theory.distribution import as_distributions
from tests.helper.strategies import normal


def test_midpoints_by_hand() -> None:
    line, square = grid(-1, 1, 4), grid(0, 1, 2, dims=2)
    assert line.points.tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert line.cell == 0.5
    assert square.points.tolist() == [[[0.25, 0.25], [0.25, 0.75]], [[0.75, 0.25], [0.75, 0.75]]]
    assert square.cell == 0.25


def test_sums_over_cells_are_integrals() -> None:
    x, cell = grid(-9, 9, 100)
    assert cell * normal(x, 0.3, 1.0).sum().item() == pytest.approx(1, abs=1e-14)
    assert cell * (normal(x, 0.3, 1.0) * x**2).sum().item() == pytest.approx(1.09, abs=1e-13)
    xy, cell = grid(-9, 9, 100, dims=2)
    assert cell * (normal(xy, 0.0, 1.0).prod(2) * xy.prod(2) ** 2).sum().item() == pytest.approx(1, abs=1e-13)


def test_lists_arrays_and_tensors_of_any_precision_are_the_same() -> None:
    p, q = [0.5, 0.5], [0.25, 0.75]
    expected = math.log(4 / 3) / 2
    for given in ((p, q), (np.array(p), np.array(q)), (torch.tensor(p), torch.tensor(q))):
        assert kl(*given).dtype == torch.float64
        assert kl(*given).item() == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([0.5, 0.6], "p has the total mass 1.1, not 1"),
        ([1.5, -0.5], "p contains negative"),
        ([math.nan, 1.0], "p contains negative, infinite or NaN"),
        ([math.inf, 1.0], "p contains negative, infinite or NaN"),
        ([1.0], r"p is over \(1,\) atoms, q over \(2,\)"),
    ],
)
def test_invalid_distributions_raise(p: list[float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        as_distributions(p, [0.5, 0.5])


def test_a_density_without_its_cell_raises() -> None:
    x, cell = grid(-8, 8, 100)
    with pytest.raises(UsageError, match=r"total mass 6\.25.*give the cell volume"):
        kl(normal(x, 0, 1), normal(x, 0, 1))
    assert kl(normal(x, 0, 1), normal(x, 0, 1), cell) == 0


@pytest.mark.parametrize("wrong", [(1, 1, 4, 1), (0, 1, 0, 1), (0, 1, 4, 0)])
def test_grids_without_cells_raise(wrong: tuple[float, float, int, int]) -> None:
    with pytest.raises(UsageError, match="grid: low="):
        grid(*wrong)
