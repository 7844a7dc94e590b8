from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import Hinge, LeastSquares, Loss, Minimax
from gan_lightning.theory import (
    grid,
    jensen_shannon,
    minimax_value,
    optimal_discriminator,
    optimal_logit,
    total_variation,
)
from tests.helper.closed_forms import optimal_hinge, optimal_least_squares, triangular
from tests.helper.strategies import normal, pairs

P, Q = [0.6, 0.2, 0.2, 0.0, 0.0], [0.2, 0.2, 0.0, 0.6, 0.0]


def test_by_hand() -> None:
    assert optimal_discriminator(P, Q).tolist() == pytest.approx([3 / 4, 1 / 2, 1, 0, 1 / 2])
    assert optimal_discriminator(P, Q, real_target=0.9)[:4].tolist() == pytest.approx([0.675, 0.45, 0.9, 0])
    assert optimal_logit(P, Q).tolist() == pytest.approx([math.log(3), 0, math.inf, -math.inf, 0])
    assert optimal_least_squares(P, Q).tolist() == pytest.approx([3 / 4, 1 / 2, 1, 0, 1 / 2])
    assert optimal_least_squares(P, Q, -1.0, 3.0).tolist() == pytest.approx([2, 1, 3, -1, 1])
    assert optimal_hinge(P, Q).tolist() == [1, 0, 1, -1, 0]


@given(pairs())
def test_the_discriminator_is_the_sigmoid_of_the_logit(pq: tuple[Tensor, Tensor]) -> None:
    torch.testing.assert_close(optimal_logit(*pq).sigmoid(), optimal_discriminator(*pq))


def test_gaussians_have_a_linear_logit() -> None:
    # log N(x; 1, 1) - log N(x; -1, 1) = 2x
    x, _ = grid(-4, 4, 33)
    torch.testing.assert_close(optimal_logit(normal(x, 1, 1), normal(x, -1, 1)), 2 * x)


@given(pairs())
def test_the_value_at_the_optimum(pq: tuple[Tensor, Tensor]) -> None:
    expected = -math.log(4) + 2 * jensen_shannon(*pq).item()
    assert minimax_value(*pq).item() == pytest.approx(expected, abs=1e-14)
    assert minimax_value(pq[0], pq[0]).item() == pytest.approx(-math.log(4))


@pytest.mark.training
@given(pairs(), st.floats(-5, 5), st.floats(-5, 5))
def test_no_other_critic_exceeds_it(pq: tuple[Tensor, Tensor], shift: float, scale: float) -> None:
    other = scale * optimal_logit(*pq).clamp(-20, 20) + shift
    assert minimax_value(*pq, other) <= minimax_value(*pq) + 1e-14


def test_the_value_by_hand() -> None:
    # D = σ(log 3) = 3/4 everywhere: log 3/4 + log 1/4
    assert minimax_value([0.5, 0.5], [0.1, 0.9], [math.log(3)] * 2).item() == pytest.approx(math.log(3 / 16))
    assert minimax_value([1, 0], [0, 1]) == 0  # disjoint: -log 4 + 2 log 2
    assert minimax_value([1, 0], [0, 1], [-math.inf, 0]) == -math.inf  # certain, and wrong


def test_the_value_on_a_grid() -> None:
    x, cell = grid(-10, 10, 500)
    p, q = normal(x, 0.0, 1.0), normal(x, 1.0, 0.7)
    expected = -math.log(4) + 2 * jensen_shannon(p, q, cell)
    torch.testing.assert_close(minimax_value(p, q, cell=cell), expected, atol=1e-13, rtol=0)


@pytest.mark.training
@pytest.mark.parametrize(
    ("loss", "best", "divergence"),
    [
        (Minimax(), optimal_logit, jensen_shannon),
        (LeastSquares(), optimal_least_squares, triangular),
        (LeastSquares(-1.0, 1.0, 0.0), lambda p, q: optimal_least_squares(p, q, -1.0, 1.0), triangular),
        (Hinge(), optimal_hinge, total_variation),
    ],
)
@settings(max_examples=40)
@given(counts=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=2, max_size=6), nudge=st.floats(-1, 1))
def test_losses_prove_their_divergence_with_these_critics(
    loss: Loss,
    best: Callable[..., Tensor],
    divergence: Callable[..., Tensor],
    counts: list[tuple[int, int]],
    nudge: float,
) -> None:
    of_p, of_q = torch.tensor(counts).T
    p, q = of_p / of_p.sum(), of_q / of_q.sum()
    scores = best(p.double(), q.double())

    def proven(scores: Tensor) -> float:  # each atom as often as it is likely
        return loss.divergence(scores.repeat_interleave(of_p), scores.repeat_interleave(of_q)).item()

    assert proven(scores) == pytest.approx(divergence(p, q).item(), abs=1e-6)
    assert proven(scores + nudge * torch.linspace(-1, 1, len(scores))) <= proven(scores) + 1e-12


def test_errors() -> None:
    with pytest.raises(UsageError, match=r"\(3,\) scores for \(2,\) atoms"):
        minimax_value([0.5, 0.5], [0.5, 0.5], [0.0, 0.0, 0.0])
    with pytest.raises(UsageError, match="q contains negative"):
        optimal_discriminator([1.0], [-1.0])
