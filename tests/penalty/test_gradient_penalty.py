from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.penalty import GradientPenalty

weights = st.lists(st.floats(-3, 3), min_size=2, max_size=5).map(torch.tensor).filter(lambda w: w.norm() > 1e-2)


def linear(w: Tensor) -> nn.Linear:
    critic = nn.Linear(len(w), 1).to(w.dtype)
    critic.weight.data[0] = w
    return critic


@pytest.mark.training
@given(weights, st.floats(0, 20), st.booleans())
def test_linear_critic_in_closed_form(w: Tensor, weight: float, one_sided: bool) -> None:
    w = w.double()
    real, fake = torch.randn(5, len(w), dtype=torch.double), torch.randn(5, len(w), dtype=torch.double)
    critic, excess = linear(w), w.norm() - 1
    if one_sided:
        excess = excess.clamp(min=0)
    penalty = GradientPenalty(weight, one_sided)(critic, real, fake)
    assert penalty.item() == pytest.approx((weight * excess**2).item(), rel=1e-6, abs=1e-9)
    (gradient,) = torch.autograd.grad(penalty, critic.weight)
    torch.testing.assert_close(gradient[0], 2 * weight * excess * w / w.norm(), rtol=1e-5, atol=1e-7)


def test_interpolates_each_sample_by_its_own_epsilon() -> None:
    real, fake = torch.randn(6, 3, 4, 4), torch.randn(6, 3, 4, 4)
    draw = StepRNG(torch.Generator().manual_seed(1))
    penalty = GradientPenalty(10.0)(lambda x: x.square().sum((1, 2, 3)) / 2, real, fake, draw)  # ∇D(x̂) = x̂
    epsilon = torch.rand(6, 1, 1, 1, generator=torch.Generator().manual_seed(1))
    between = epsilon * real + (1 - epsilon) * fake
    expected = 10 * (between.flatten(1).norm(dim=1) - 1).square().mean()
    torch.testing.assert_close(penalty, expected)
    assert len(epsilon.unique()) == 6


def test_ends_are_the_samples_themselves() -> None:
    seen: list[Tensor] = []

    def critic(x: Tensor) -> Tensor:
        seen.append(x.detach())
        return x.sum(1)

    real, fake = torch.ones(1000, 1), torch.zeros(1000, 1)
    GradientPenalty()(critic, real, fake)
    assert 0 <= seen[0].min() < 0.01  # ε = 0 is the fake, ε = 1 the real
    assert 0.99 < seen[0].max() <= 1
    assert seen[0].mean().item() == pytest.approx(0.5, abs=0.05)


def test_norm_is_per_sample_not_of_the_batch() -> None:
    unit = linear(torch.tensor([0.6, 0.8]))
    assert GradientPenalty()(unit, torch.randn(64, 2), torch.randn(64, 2)).item() == pytest.approx(0, abs=1e-10)


def test_flat_critic_has_finite_gradients() -> None:
    critic = linear(torch.zeros(3))
    GradientPenalty()(critic, torch.randn(4, 3), torch.randn(4, 3)).backward()
    assert critic.weight.grad is not None
    assert critic.weight.grad.isfinite().all()


def test_single_precision_under_autocast() -> None:
    dtypes = []

    class Critic(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            out = super().forward(x)
            dtypes.append(out.dtype)
            return out

    critic = Critic(3, 1)
    with torch.autocast("cpu", torch.bfloat16):
        penalty = GradientPenalty()(critic, torch.randn(4, 3), torch.randn(4, 3).bfloat16())
    assert dtypes == [torch.float32]
    assert penalty.dtype == torch.float32


def test_reaches_every_parameter_but_the_last_bias() -> None:
    critic = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
    GradientPenalty()(critic, torch.randn(4, 3), torch.randn(4, 3)).backward()
    assert [p.grad is not None for p in critic.parameters()] == [True, True, True, False]


def test_refuses_negative_weight() -> None:
    with pytest.raises(UsageError, match=r"weight=-1.0 must be greater than or equal to 0"):
        GradientPenalty(-1.0)


@pytest.mark.training
@given(weights, st.integers(1, 8), st.sampled_from([1.0, 0.5, 0.25]))
def test_lazy_and_partial_terms_pull_a_linear_critic_as_hard_on_average(w: Tensor, interval: int, share: float) -> None:
    w = w.double()
    real, fake = torch.randn(8, len(w), dtype=torch.double), torch.randn(8, len(w), dtype=torch.double)
    critic, excess, updates = linear(w), w.norm() - 1, 2 * interval
    penalty = GradientPenalty(10.0, interval=interval, batch_fraction=share)
    terms = [penalty(critic, real, fake, StepRNG(update=k)) for k in range(updates)]
    assert [term is not None for term in terms] == [k % interval == 0 for k in range(updates)]
    taken = [term for term in terms if term is not None]
    assert sum(taken).item() / updates == pytest.approx(10 * excess.item() ** 2, rel=1e-6, abs=1e-9)
    (gradient,) = torch.autograd.grad(sum(taken) / updates, critic.weight)
    torch.testing.assert_close(gradient[0], 2 * 10 * excess * w / w.norm(), rtol=1e-5, atol=1e-7)


def test_a_share_is_unbiased() -> None:
    """∇D(x̂) = x̂ of a quadratic critic: over random orders of a batch, the mean of half its rows is that of all."""

    def critic(x: Tensor) -> Tensor:
        return x.square().sum(1) / 2

    rows = torch.randn(4, 3, dtype=torch.double)
    whole = GradientPenalty()(critic, rows, rows)  # between equal samples there is but the sample
    orders = [rows[list(order)] for order in itertools.permutations(range(4))]
    halves = [GradientPenalty(batch_fraction=0.5)(critic, order, order) for order in orders]
    assert len({round(half.item(), 9) for half in halves}) == 6  # pairs out of four
    torch.testing.assert_close(sum(halves) / len(halves), whole)


def test_a_share_is_the_same_however_the_batch_is_cut() -> None:
    critic = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1)).double()
    real, fake = torch.randn(16, 3, dtype=torch.double), torch.randn(16, 3, dtype=torch.double)
    penalty = GradientPenalty(batch_fraction=0.25)

    def term(slot: int, slots: int) -> Tensor:
        draw = StepRNG(torch.Generator().manual_seed(5), shard=slot, num_shards=slots)
        return penalty(critic, real[slot::slots], fake[slot::slots], draw)

    whole = term(0, 1)
    for slots in (2, 4):
        torch.testing.assert_close(sum(term(slot, slots) for slot in range(slots)) / slots, whole)
    first = GradientPenalty()(critic, real[:4], fake[:4], StepRNG(torch.Generator().manual_seed(5)))
    assert torch.equal(whole, first)


def test_defaults_are_the_paper_bit_for_bit() -> None:
    critic = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
    real, fake = torch.randn(6, 3), torch.randn(6, 3)
    for k in range(3):
        term = GradientPenalty()(critic, real, fake, StepRNG(torch.Generator().manual_seed(k), update=k))
        between = torch.lerp(fake, real, torch.rand(6, 1, generator=torch.Generator().manual_seed(k)))
        between.requires_grad_()
        (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
        assert torch.equal(term, 10 * (slope.square().sum(1).add(1e-12).sqrt() - 1).square().mean())


def test_refuses_a_share_that_cuts_a_sample() -> None:
    with pytest.raises(UsageError, match=r"batch_fraction=0.3 of 8 samples is not a whole number"):
        GradientPenalty(batch_fraction=0.3)(linear(torch.ones(2)), torch.randn(8, 2), torch.randn(8, 2))
    with pytest.raises(UsageError, match="not a whole number"):
        GradientPenalty(batch_fraction=1e-8)(linear(torch.ones(2)), torch.randn(8, 2), torch.randn(8, 2))


@pytest.mark.parametrize("wrong", [{"interval": 0}, {"batch_fraction": 0.0}, {"batch_fraction": 1.5}])
def test_refuses(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        GradientPenalty(**wrong)  # type: ignore[arg-type]
