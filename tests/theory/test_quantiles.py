from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from gan_lightning.core.errors import UsageError
from gan_lightning.theory import grid, wasserstein_1d
from tests.helper.closed_forms import gaussian_w1
from tests.helper.strategies import normal


def test_by_hand() -> None:
    assert wasserstein_1d([0, 1], [5, 6]) == 5
    assert wasserstein_1d([6, 5], [0, 1]) == 5  # in any order
    # A half of 0's mass stays, the other goes to 1; that of 3 to 1: ½·0 + ½·... = (0 + 1 + 2)/3
    assert wasserstein_1d([0, 3], [0, 1], [2, 1], [1, 2]) == 3
    assert wasserstein_1d([0, 3], [0, 1], [2 / 3, 1 / 3], [1 / 3, 2 / 3]).item() == pytest.approx(1)
    assert wasserstein_1d([0, 3], [0, 1], [2 / 3, 1 / 3], [1 / 3, 2 / 3], order=2).item() == pytest.approx(
        math.sqrt(5 / 3)
    )


@pytest.mark.training
@given(
    st.lists(st.tuples(st.floats(-9, 9), st.integers(0, 5)), min_size=1, max_size=9).filter(
        lambda x: any(w for _, w in x)
    ),
    st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5)), min_size=1, max_size=9),
)
def test_order_one_as_scipy_has_it(a: list[tuple[float, int]], b: list[tuple[int, int]]) -> None:
    (x, p), (y, q) = (torch.tensor(weighted, dtype=torch.float64).T for weighted in (a, b))
    p, q = p / p.sum(), q / q.sum()
    assert wasserstein_1d(x, y, p, q).item() == pytest.approx(wasserstein_distance(x, y, p, q), abs=1e-12)


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=30), st.floats(0, 3), st.floats(-5, 5))
def test_stretched_and_shifted(points: list[float], scale: float, shift: float) -> None:
    # The quantiles of s·x + δ are those of x, stretched and shifted.
    x = torch.tensor(points, dtype=torch.float64)
    expected = ((scale - 1) * x + shift).square().mean().sqrt().item()
    assert wasserstein_1d(x, scale * x + shift, order=2).item() == pytest.approx(expected, abs=1e-9)


def test_densities_on_a_grid() -> None:
    x, cell = grid(-8, 10, 2000)
    p, q = cell * normal(x, 0.0, 1.0), cell * normal(x, 2.0, 1.0)
    assert wasserstein_1d(x, x, p, q).item() == pytest.approx(2, abs=1e-5)
    between = cell * (p.cumsum(0) - q.cumsum(0)).abs().sum().item()  # the area between the distribution functions
    assert wasserstein_1d(x, x, p, q).item() == pytest.approx(between, abs=1e-9)


@pytest.mark.training
@settings(max_examples=30)
@given(st.floats(-3, 3), st.floats(0.1, 3), st.floats(-3, 3), st.floats(0.1, 3))
def test_gaussians_in_closed_form(mean_p: float, std_p: float, mean_q: float, std_q: float) -> None:
    u = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    quantile = torch.special.ndtri(u)
    found = wasserstein_1d(mean_p + std_p * quantile, mean_q + std_q * quantile).item()
    assert found == pytest.approx(gaussian_w1(mean_p, std_p, mean_q, std_q), abs=1e-3)


def test_has_the_right_gradient() -> None:
    x = torch.randn(7, dtype=torch.float64, requires_grad=True)
    y = torch.randn(5, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: wasserstein_1d(x, y), x)
    assert torch.autograd.gradcheck(lambda x: wasserstein_1d(x, y, order=2), x)


def test_errors() -> None:
    with pytest.raises(UsageError, match=r"points \(2, 1\) and \(2,\) are not one-dimensional: use wasserstein"):
        wasserstein_1d([[1], [2]], [1, 2])
    with pytest.raises(UsageError, match="order=0 must be 1 or more"):
        wasserstein_1d([1], [2], order=0)
    with pytest.raises(UsageError, match="the total mass of p is 2, of q 1"):
        wasserstein_1d([1], [2], [2], [1])
