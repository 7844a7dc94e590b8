from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gan_lightning.theory import grid, jensen_shannon, kl, reverse_kl, total_variation
from tests.helper.closed_forms import chi_square, gaussian_kl, triangular
from tests.helper.strategies import distributions, normal, pairs

ALL = [kl, reverse_kl, jensen_shannon, total_variation]
every = pytest.mark.parametrize("divergence", ALL)
Divergence = Callable[..., Tensor]


# p = (1/2, 1/2), q = (1/4, 3/4): m = (3/8, 5/8), |p - q| = (1/4, 1/4)
@pytest.mark.parametrize(
    ("divergence", "expected"),
    [
        (kl, math.log(2) / 2 + math.log(2 / 3) / 2),
        (reverse_kl, math.log(1 / 2) / 4 + 3 * math.log(3 / 2) / 4),
        (jensen_shannon, (math.log(4 / 3) + math.log(4 / 5)) / 4 + (math.log(2 / 3) + 3 * math.log(6 / 5)) / 8),
        (total_variation, 1 / 4),
    ],
)
def test_by_hand(divergence: Divergence, expected: float) -> None:
    assert divergence([1 / 2, 1 / 2], [1 / 4, 3 / 4]).item() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("divergence", "disjoint", "q_misses", "p_misses"),
    [  # p against q: (1, 0) and (0, 1); (1/2, 1/2) and (1, 0); (1, 0) and (1/2, 1/2)
        (kl, math.inf, math.inf, math.log(2)),
        (reverse_kl, math.inf, math.log(2), math.inf),
        (jensen_shannon, math.log(2), *[(math.log(2 / 3) + math.log(2)) / 4 + math.log(4 / 3) / 2] * 2),
        (total_variation, 1, 1 / 2, 1 / 2),
    ],
)
def test_off_support(divergence: Divergence, disjoint: float, q_misses: float, p_misses: float) -> None:
    assert divergence([1, 0], [0, 1]).item() == pytest.approx(disjoint)
    assert divergence([1 / 2, 1 / 2], [1, 0]).item() == pytest.approx(q_misses)
    assert divergence([1, 0], [1 / 2, 1 / 2]).item() == pytest.approx(p_misses)
    assert divergence([0, 1 / 2, 1 / 2, 0], [0, 1, 0, 0]).item() == pytest.approx(
        q_misses
    )  # empty atoms change nothing


@pytest.mark.training
@every
@settings(max_examples=40)
@given(pairs())
def test_never_negative_never_nan_and_zero_only_for_equals(divergence: Divergence, pq: tuple[Tensor, Tensor]) -> None:
    p, q = pq
    assert divergence(p, p).item() == pytest.approx(0, abs=1e-15)
    assert divergence(p, q) >= -1e-15
    if (p - q).abs().max() > 1e-3:
        assert divergence(p, q) > 1e-7


@pytest.mark.parametrize("divergence", [jensen_shannon, total_variation])
@given(pairs())
def test_symmetric(divergence: Divergence, pq: tuple[Tensor, Tensor]) -> None:
    assert divergence(*pq).item() == pytest.approx(divergence(*reversed(pq)).item(), abs=1e-15)


@given(pairs())
def test_inequalities_that_hold_between_them(pq: tuple[Tensor, Tensor]) -> None:
    p, q = pq
    tv, js = total_variation(p, q), jensen_shannon(p, q)
    assert 0 <= tv <= 1 + 1e-15
    assert tv**2 <= kl(p, q) / 2 + 1e-14  # Pinsker
    assert kl(p, q) <= torch.log1p(chi_square(p, q)) + 1e-14
    assert tv**2 / 2 <= js + 1e-14  # Pinsker, on either half
    assert js <= math.log(2) * tv + 1e-14  # Lin 1991, theorem 3
    assert triangular(p, q) / 4 <= js + 1e-14  # Topsøe 2000, theorem 1
    assert js <= math.log(2) * triangular(p, q) / 2 + 1e-14
    assert chi_square(p, q) >= 4 * tv**2 - 1e-14


@every
@settings(max_examples=30)
@given(pairs(), st.data())
def test_processing_loses_information(divergence: Divergence, pq: tuple[Tensor, Tensor], data: st.DataObject) -> None:
    p, q = pq
    m = data.draw(st.integers(1, 5))
    channel = torch.stack([data.draw(distributions(m)) for _ in p])  # row: where an atom may be sent
    assert divergence(p @ channel, q @ channel) <= divergence(p, q) + 1e-13


@every
@settings(max_examples=30)
@given(pairs(least=1), pairs(least=1), st.floats(0, 1))
def test_jointly_convex(divergence: Divergence, a: tuple[Tensor, Tensor], b: tuple[Tensor, Tensor], t: float) -> None:
    k = min(len(a[0]), len(b[0]))
    (p, q), (r, s) = (tuple(x[:k] / x[:k].sum() for x in two) for two in (a, b))
    mixed = divergence(t * p + (1 - t) * r, t * q + (1 - t) * s)
    assert mixed <= t * divergence(p, q) + (1 - t) * divergence(r, s) + 1e-13


@given(st.floats(-1, 1), st.floats(0.5, 1.5))
def test_gaussians_on_a_grid(shift: float, std: float) -> None:
    x, cell = grid(-16, 16, 1000)
    p, q = normal(x, 0.0, 1.0), normal(x, shift, std)
    assert kl(p, q, cell).item() == pytest.approx(gaussian_kl(0, 1, shift, std**2).item(), abs=1e-12)
    assert reverse_kl(p, q, cell).item() == pytest.approx(gaussian_kl(shift, std**2, 0, 1).item(), abs=1e-12)


@given(st.floats(0, 3))
def test_shifted_gaussians_in_closed_form(shift: float) -> None:
    x, cell = grid(-15, 15, 6000)
    p, q = normal(x, 0.0, 1.0), normal(x, shift, 1.0)
    # |p - q| has a corner, which the midpoint rule meets with an error of the square of the spacing.
    assert total_variation(p, q, cell).item() == pytest.approx(math.erf(shift / math.sqrt(8)), abs=1e-5)


def test_a_grid_in_the_plane() -> None:
    x, cell = grid(-10, 10, 200, dims=2)
    p = normal(x, 0.0, 1.0).prod(2)
    q = (normal(x[..., 0], 0.5, 1.2) * normal(x[..., 1], -1.0, 0.8)).contiguous()
    expected = gaussian_kl([0, 0], [[1, 0], [0, 1]], [0.5, -1], [[1.44, 0], [0, 0.64]])
    assert kl(p, q, cell).item() == pytest.approx(expected.item(), abs=1e-10)


def test_the_smallest_masses_count_for_what_they_are() -> None:
    smallest = 5e-324  # its half is 0, so p would seem to lie off the middle's support
    assert jensen_shannon([1.0, smallest], [1.0, 0.0]).item() == pytest.approx(0, abs=1e-300)
    assert kl([1.0, smallest], [1.0, 0.0]).item() == math.inf
    x, cell = grid(-60, 60, 4000)  # densities that are 0 in double precision far out
    assert jensen_shannon(normal(x, -20, 0.3), normal(x, 20, 0.3), cell).item() == pytest.approx(math.log(2), abs=1e-13)


@every
@settings(max_examples=40)
@given(pairs())
def test_gradients_are_never_nan(divergence: Divergence, pq: tuple[Tensor, Tensor]) -> None:
    p, q = (x.clone().requires_grad_() for x in pq)
    divergence(p, q).backward()
    assert p.grad is not None
    assert q.grad is not None
    assert not p.grad.isnan().any()
    assert not q.grad.isnan().any()


@every
def test_gradients_are_right(divergence: Divergence) -> None:
    logits = torch.randn(2, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: divergence(*z.softmax(1).unbind()), logits)
