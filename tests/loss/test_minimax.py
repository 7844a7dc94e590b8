from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import Minimax
from tests.helper.divergences import distributions, scores

REAL, FAKE = torch.tensor([0.0, math.log(3)]), torch.tensor([0.0, -math.log(3)])


def test_critic_by_hand() -> None:
    # softplus(0) = log 2 and softplus(-log 3) = log 4/3, on either side
    assert Minimax().critic(REAL, FAKE).item() == pytest.approx(math.log(2) + math.log(4 / 3))


def test_generator_by_hand() -> None:
    assert Minimax().generator(FAKE, lambda: REAL).item() == pytest.approx(-(math.log(2) + math.log(4 / 3)) / 2)


def test_one_sided_label_smoothing_leaves_fakes_at_zero() -> None:
    # real: 0.9 · log 4/3 + 0.1 · log 4; fake: log 4/3, unsmoothed
    loss = Minimax(real_target=0.9).critic(torch.tensor([math.log(3)]), torch.tensor([-math.log(3)]))
    assert loss.item() == pytest.approx(1.9 * math.log(4 / 3) + 0.1 * math.log(4))


def test_smoothing_moves_the_best_score_to_the_target() -> None:
    score = torch.tensor([math.log(9.0)], requires_grad=True)  # σ = 0.9
    Minimax(real_target=0.9).critic(score, torch.tensor([-50.0])).backward()
    assert score.grad is not None
    assert score.grad.item() == pytest.approx(0, abs=1e-6)


def test_two_targets_are_the_mean_over_labels_that_are_wrong_at_times() -> None:
    # each side: 0.9 · log 4/3 + 0.1 · log 4
    loss = Minimax(0.9, 0.1).critic(torch.tensor([math.log(3)]), torch.tensor([-math.log(3)]))
    assert loss.item() == pytest.approx(1.8 * math.log(4 / 3) + 0.2 * math.log(4))
    right, wrong = Minimax().critic(REAL, FAKE), Minimax().critic(FAKE, REAL)
    assert Minimax(0.8, 0.2).critic(REAL, FAKE).item() == pytest.approx((0.8 * right + 0.2 * wrong).item())


def test_saturates_where_the_critic_is_sure() -> None:
    fake = torch.tensor([-20.0], requires_grad=True)
    Minimax().generator(fake, lambda: REAL).backward()
    assert fake.grad is not None
    assert abs(fake.grad.item()) < 1e-8


def test_no_score_overflows() -> None:
    assert Minimax().critic(torch.tensor([-1e4]), torch.tensor([1e4])).item() == 2e4


@given(distributions())
def test_estimates_jensen_shannon_at_the_best_critic(pq: tuple[torch.Tensor, torch.Tensor]) -> None:
    p, q = (c.double() / c.sum() for c in pq)
    middle = (p + q) / 2
    expected = ((p * (p / middle).log()).sum() + (q * (q / middle).log()).sum()) / 2
    assert Minimax().divergence(*scores((p / q).log(), *pq)).item() == pytest.approx(expected.item(), abs=1e-9)


@given(distributions(), st.floats(-3, 3))
def test_no_other_critic_proves_more(pq: tuple[torch.Tensor, torch.Tensor], shift: float) -> None:
    p, q = (c.double() / c.sum() for c in pq)
    best, other = ((p / q).log() + s for s in (0, shift))
    assert Minimax().divergence(*scores(other, *pq)) <= Minimax().divergence(*scores(best, *pq)) + 1e-12


@pytest.mark.parametrize("target", [-0.1, 1.1])
def test_refuses_targets_that_are_no_probability(target: float) -> None:
    with pytest.raises(UsageError, match="real_target"):
        Minimax(real_target=target)


def test_refuses_targets_the_wrong_way_round() -> None:
    with pytest.raises(UsageError, match=r"fake_target=0\.5 is not below real_target=0\.5: use such as"):
        Minimax(0.5, 0.5)
