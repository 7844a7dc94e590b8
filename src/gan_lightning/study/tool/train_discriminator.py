"""Training of a critic on samples of two fixed distributions, without a generator."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from gan_lightning.core.rng import StepRNG, derive_seed, new_rng
from gan_lightning.core.validation import BatchSize, Decay, LargeCount, MediumCount, SmallCount, validate_arguments
from gan_lightning.loss import Loss
from gan_lightning.model.mlp import Critic
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty
from gan_lightning.schedule.linear_decay import LinearDecay
from gan_lightning.theory import Sampler

ADAM, NO_PENALTY = Adam(lr=2e-3, betas=(0.9, 0.99)), NoPenalty()


@validate_arguments
def train_discriminator(
    loss: Loss,
    real: Sampler,
    fake: Sampler,
    *,
    penalty: Penalty = NO_PENALTY,
    optimizer: OptimizerFactory = ADAM,
    steps: LargeCount = 1000,
    batch: BatchSize = 512,
    hold_fraction: Decay = 0.5,
    width: MediumCount = 64,
    depth: SmallCount = 2,
    seed: int = 0,
    after_step: Callable[[int, nn.Module], None] | None = None,
) -> nn.Module:
    """An MLP trained to minimise a critic loss on fresh samples of two distributions.

    It computes in double precision, so that scores can grow until σ(-D) is 1e-300.

    Args:
        loss: adversarial loss; only its critic side is used.
        real: draws real samples, as `SamplingDistribution.sample` does.
        fake: draws fake samples of the same shape.
        penalty: added to the loss, or projects the weights after each step.
        optimizer: of the critic.
        steps: number of critic updates.
        batch: real samples, and fake samples, per step.
        hold_fraction: fraction of the steps at the full learning rate, which then decays linearly to zero.
        width: units of a hidden layer.
        depth: hidden layers.
        seed: of weights and samples.
        after_step: called with 0 and the initial critic, then with the number of each step and the critic after it.

    Returns:
        The critic, from samples [B, *shape] in double precision to scores [B].
    """
    after_step = after_step or (lambda step, critic: None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "theory", "weights"))
        shape = real(1, new_rng(seed, "theory", "shape")).shape[1:]
        critic = Critic(shape=shape, width=width, depth=depth).double()
    critic_optimizer = optimizer(critic.parameters())
    scheduler = torch.optim.lr_scheduler.LambdaLR(critic_optimizer, LinearDecay(steps, hold_fraction))
    after_step(0, critic)
    for step in range(steps):
        x = real(batch, new_rng(seed, "theory", "real", step)).double()
        y = fake(batch, new_rng(seed, "theory", "fake", step)).double()
        critic_loss = loss.critic(critic(x), critic(y))
        term = penalty(critic, x, y, StepRNG(new_rng(seed, "theory", "penalty", step), update=step))
        critic_optimizer.zero_grad()
        torch.autograd.backward(critic_loss if term is None else critic_loss + term)
        critic_optimizer.step()
        penalty.project(critic)
        scheduler.step()
        after_step(step + 1, critic)
    return critic
