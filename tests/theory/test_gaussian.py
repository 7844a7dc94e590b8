from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from gan_lightning.core.errors import UsageError
from gan_lightning.theory import gaussian_kl, gaussian_w1, gaussian_w2, wasserstein_1d

numbers = st.floats(-3, 3)
stds = st.floats(0.1, 3)


@st.composite
def gaussians(draw: st.DrawFn, d: int, least: float = 0.1) -> tuple[Tensor, Tensor]:
    mean = torch.tensor(draw(st.lists(numbers, min_size=d, max_size=d)), dtype=torch.float64)
    root = torch.tensor(draw(st.lists(numbers, min_size=d * d, max_size=d * d)), dtype=torch.float64).reshape(d, d)
    return mean, root @ root.T + least * torch.eye(d, dtype=torch.float64)


two = st.integers(1, 4).flatmap(lambda d: st.tuples(gaussians(d), gaussians(d)))


def test_kl_by_hand() -> None:
    # ½(1/2 + 1/2 - 1 + log 2): variance 2, shift 1
    assert gaussian_kl(0, 1, 1, 2).item() == pytest.approx(math.log(2) / 2)
    assert gaussian_kl([0, 0], [[1, 0], [0, 1]], [3, 4], [[1, 0], [0, 1]]).item() == pytest.approx(12.5)


@settings(max_examples=40)
@given(two)
def test_kl_as_torch_has_it(pq: tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]) -> None:
    p, q = pq
    expected = kl_divergence(MultivariateNormal(*p), MultivariateNormal(*q)).item()
    assert gaussian_kl(*p, *q).item() == pytest.approx(expected, rel=1e-7, abs=1e-10)
    assert gaussian_kl(*p, *p).item() == pytest.approx(0, abs=1e-10)


def turned(spectrum: list[float]) -> tuple[Tensor, Tensor]:
    axes, _ = torch.linalg.qr(torch.randn(len(spectrum), len(spectrum), dtype=torch.float64))
    return axes, axes * torch.tensor(spectrum, dtype=torch.float64) @ axes.T


def test_flat_gaussians_are_compared_where_they_lie() -> None:
    zero = torch.zeros(3, dtype=torch.float64)
    axes, flat = turned([2.0, 1.0, 0.0])
    assert gaussian_kl(axes[:, 0], flat, zero, flat).item() == pytest.approx(1 / 4)  # ½ · 1²/2, within the plane
    assert gaussian_kl(1e-9 * axes[:, 2], flat, zero, flat) == math.inf  # parallel planes, however near
    assert gaussian_kl(zero, flat, zero, torch.eye(3)) == math.inf  # no density against one
    assert gaussian_kl(zero, torch.eye(3), zero, flat) == math.inf  # mass off the plane
    assert gaussian_kl(zero, turned([2.0, 1.0, 0.0])[1], zero, flat) == math.inf  # planes that cross


def test_points() -> None:
    assert gaussian_kl(1, 0, 1, 0) == 0
    assert gaussian_kl(1, 0, 2, 0) == math.inf
    assert gaussian_kl(1, 0, 1, 1) == math.inf
    assert gaussian_kl(1, 1, 1, 0) == math.inf
    assert gaussian_w2(1, 0, 3, 0) == 2


def test_w2_by_hand() -> None:
    # Independent axes: √(Δ² + Σ(σ - τ)²) = √(3² + (2 - 1)² + (5 - 3)²)
    found = gaussian_w2([0, 0], [[4, 0], [0, 25]], [3, 0], [[1, 0], [0, 9]])
    assert found.item() == pytest.approx(math.sqrt(14))
    assert gaussian_w2(0, 4, 3, 1).item() == pytest.approx(math.sqrt(10))


@settings(max_examples=40)
@given(two)
def test_w2_by_the_trace(pq: tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]) -> None:
    (mean_p, cov_p), (mean_q, cov_q) = pq
    cross = torch.linalg.eigvals(cov_p @ cov_q).real.clamp(min=0).sqrt().sum()
    expected = (mean_p - mean_q).square().sum() + (cov_p + cov_q).trace() - 2 * cross
    assert gaussian_w2(*pq[0], *pq[1]).square().item() == pytest.approx(expected.item(), rel=1e-7, abs=1e-7)
    assert gaussian_w2(*pq[0], *pq[1]).item() == pytest.approx(gaussian_w2(*pq[1], *pq[0]).item(), abs=1e-9)


def test_w2_of_equals_is_zero_to_rounding() -> None:
    _, cov = turned([3.0, 1.0, 0.0, 1e-3])
    assert gaussian_w2(torch.ones(4), cov, torch.ones(4), cov) < 1e-13  # the trace's form leaves 1e-8


@settings(max_examples=30)
@given(numbers, stds, numbers, stds)
def test_w1_is_the_area_between_quantiles(mean_p: float, std_p: float, mean_q: float, std_q: float) -> None:
    u = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    quantile = torch.special.ndtri(u)
    found = gaussian_w1(mean_p, std_p, mean_q, std_q)
    assert found == pytest.approx(wasserstein_1d(mean_p + std_p * quantile, mean_q + std_q * quantile).item(), abs=1e-3)
    assert found <= gaussian_w2(mean_p, std_p**2, mean_q, std_q**2).item() + 1e-12


def test_w1_by_hand() -> None:
    assert gaussian_w1(1, 2, -2, 2) == 3  # a shift
    assert gaussian_w1(0, 3, 0, 1) == pytest.approx(2 * math.sqrt(2 / math.pi))  # a stretch
    assert gaussian_w1(1e200, 1, 0, 2) == 1e200


def test_kl_has_the_right_gradient() -> None:
    root = torch.eye(3, dtype=torch.float64) + 0.3 * torch.randn(3, 3, dtype=torch.float64)
    mean, other = torch.randn(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64)
    inputs = (mean.requires_grad_(), root.requires_grad_())
    assert torch.autograd.gradcheck(lambda m, r: gaussian_kl(m, r @ r.T, torch.zeros(3), other), inputs)
    assert torch.autograd.gradcheck(lambda m, r: gaussian_kl(torch.zeros(3), other, m, r @ r.T), inputs)


@pytest.mark.parametrize("distance", [gaussian_kl, gaussian_w2])
def test_refuses_what_is_no_gaussian(distance: Callable[..., Tensor]) -> None:
    with pytest.raises(UsageError, match="cov_q is not symmetric or has a negative eigenvalue"):
        distance(0, 1, 0, -1)
    with pytest.raises(UsageError, match="cov_p is not symmetric"):
        distance([0, 0], [[1, 0.5], [0, 1]], [0, 0], [[1, 0], [0, 1]])
    with pytest.raises(UsageError, match=r"of shapes \(1,\), \(1, 1\), \(2,\), \(2, 2\)"):
        distance([0], [[1]], [0, 0], [[1, 0], [0, 1]])
    with pytest.raises(UsageError, match="want 0 or more"):
        gaussian_w1(0, -1, 0, 1)
