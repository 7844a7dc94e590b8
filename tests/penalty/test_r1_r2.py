from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.penalty import R1R2, NoPenalty
from gan_lightning.penalty.base import is_skipped


def half_square(x: torch.Tensor) -> torch.Tensor:
    return x.square().sum(1) / 2  # ∇D(x) = x


REAL, FAKE = torch.tensor([[3.0, 4.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.0, 2.0]])  # ‖x‖²: 25, 1 and 1, 4


def test_by_hand() -> None:
    assert R1R2(r1=10.0)(half_square, REAL, FAKE).item() == 65.0  # 10/2 · mean(25, 1)
    assert R1R2(r1=0.0, r2=10.0)(half_square, REAL, FAKE).item() == 12.5  # 10/2 · mean(1, 4)
    assert R1R2(r1=10.0, r2=10.0)(half_square, REAL, FAKE).item() == 77.5


def test_linear_critic_in_closed_form() -> None:
    critic = nn.Linear(3, 1)
    penalty = R1R2(r1=2.0)(critic, torch.randn(7, 3), torch.randn(7, 3))
    assert penalty.item() == pytest.approx(critic.weight.square().sum().item(), rel=1e-5)
    penalty.backward()
    torch.testing.assert_close(critic.weight.grad, 2 * critic.weight.detach())


def test_lazy_terms_have_the_same_mean() -> None:
    lazy, eager = R1R2(r1=10.0, interval=4), R1R2(r1=10.0)
    terms = [lazy(half_square, REAL, FAKE, StepRNG(update=t)) for t in range(8)]
    assert [t is not None for t in terms] == [True, False, False, False] * 2
    assert sum(t.item() for t in terms if t is not None) / 8 == eager(half_square, REAL, FAKE).item()


def test_both_weights_zero_is_no_term() -> None:
    assert R1R2(r1=0.0)(half_square, REAL, FAKE) is None


def test_a_share_by_hand() -> None:
    assert R1R2(r1=10.0, batch_fraction=0.5)(half_square, REAL, FAKE).item() == 125.0  # 10/2 · 25
    assert R1R2(r1=0.0, r2=10.0, batch_fraction=0.5)(half_square, REAL, FAKE).item() == 5.0  # 10/2 · 1
    assert R1R2(r1=10.0, batch_fraction=0.5)(half_square, REAL.flip(0), FAKE).item() == 5.0  # and 65 is their mean


@pytest.mark.parametrize("wrong", [{"r1": -1.0}, {"r2": -1.0}, {"interval": 0}, {"batch_fraction": 0.0}])
def test_refuses(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        R1R2(**wrong)  # type: ignore[arg-type]


def test_a_penalty_without_an_interval_is_computed_in_every_update() -> None:
    assert not any(is_skipped(NoPenalty(), StepRNG(update=k)) for k in range(4))
    assert [is_skipped(R1R2(interval=3), StepRNG(update=k)) for k in range(4)] == [False, True, True, False]
    assert not is_skipped(R1R2(interval=3), None)
