from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.data.ring8 import Ring8
from gan_lightning.loss import LeastSquares, Loss, Minimax, Wasserstein
from gan_lightning.optimizer import RMSProp
from gan_lightning.penalty import WeightClipping
from gan_lightning.study.tool.train_discriminator import train_discriminator
from gan_lightning.theory import Sampler, grid, optimal_logit
from tests.helper.closed_forms import optimal_least_squares
from tests.helper.strategies import normal


def gaussian(mean: float, std: float) -> Sampler:
    return lambda n, rng: mean + std * torch.randn(n, 1, generator=rng, dtype=torch.float64)


REAL, FAKE = gaussian(0.0, 1.0), gaussian(1.0, 0.7)


@pytest.mark.training
@pytest.mark.parametrize(
    ("loss", "best", "mean_error"), [(Minimax(), optimal_logit, 0.15), (LeastSquares(), optimal_least_squares, 0.04)]
)
def test_approaches_the_optimum(loss: Loss, best: Callable[..., Tensor], mean_error: float) -> None:
    x, cell = grid(-6, 6, 400)
    p, q = normal(x, 0.0, 1.0), normal(x, 1.0, 0.7)
    errors: list[float] = []

    def measure(step: int, critic: nn.Module) -> None:
        if step in (0, 300):
            with torch.no_grad():
                errors.append((cell * (p + q) / 2 * (critic(x[:, None]) - best(p, q)).abs()).sum().item())

    train_discriminator(loss, REAL, FAKE, steps=300, after_step=measure)
    assert errors[1] < mean_error < 0.5 * errors[0]


def weights(critic: nn.Module) -> Tensor:
    return torch.cat([w.detach().flatten() for w in critic.parameters()])


def test_depends_on_the_seed_alone_and_leaves_the_global_rng() -> None:
    before = torch.random.get_rng_state()
    first, again, other = (
        weights(train_discriminator(Minimax(), REAL, FAKE, steps=3, width=4, seed=seed)) for seed in (1, 1, 2)
    )
    assert first.equal(again)
    assert not first.equal(other)
    assert torch.random.get_rng_state().equal(before)


def test_calls_back_at_the_start_and_after_every_step() -> None:
    calls: list[tuple[int, Tensor]] = []
    critic = train_discriminator(
        Minimax(), REAL, FAKE, steps=3, width=4, after_step=lambda step, c: calls.append((step, weights(c)))
    )
    assert [step for step, _ in calls] == [0, 1, 2, 3]
    assert len({tuple(w.tolist()) for _, w in calls}) == 4
    assert calls[-1][1].equal(weights(critic))


def test_uses_the_penalty_and_the_optimizer() -> None:
    critic = train_discriminator(
        Wasserstein(), REAL, FAKE, steps=20, width=8, penalty=WeightClipping(0.01), optimizer=RMSProp(lr=1e-2)
    )
    assert weights(critic).abs().max() == 0.01
    assert weights(critic).dtype == torch.float64


@pytest.mark.training
def test_accepts_the_distributions_of_the_data_sets() -> None:
    ring = Ring8().density.sample
    critic = train_discriminator(Minimax(), ring, lambda n, rng: 3 + ring(n, rng), steps=200, width=32)
    rng = torch.Generator().manual_seed(0)
    real = ring(100, rng).double()
    assert Minimax().divergence(critic(real), critic(real + 3)) > 0.6  # disjoint: log 2 = 0.693 at best


def test_no_steps_raise() -> None:
    with pytest.raises(UsageError, match="train_discriminator: steps=0 must be greater than or equal to 1"):
        train_discriminator(Minimax(), REAL, FAKE, steps=0)
