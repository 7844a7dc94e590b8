"""A critic trained on two known densities, outside of any game."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from gan_lightning.core.rng import StepRNG, derive_seed, new_rng
from gan_lightning.core.validation import Count, Decay, validate_arguments
from gan_lightning.loss import Loss
from gan_lightning.model.mlp import Critic
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty
from gan_lightning.schedule.linear_decay import LinearDecay
from gan_lightning.theory.distribution import Sampler

ADAM, FREE = Adam(lr=2e-3, betas=(0.9, 0.99)), NoPenalty()


@validate_arguments
def train_discriminator(
    loss: Loss,
    real: Sampler,
    fake: Sampler,
    *,
    penalty: Penalty = FREE,
    optimizer: OptimizerFactory = ADAM,
    steps: Count = 1000,
    batch: Count = 512,
    hold: Decay = 0.5,
    width: Count = 64,
    depth: Count = 2,
    seed: int = 0,
    watch: Callable[[int, nn.Module], None] | None = None,
) -> nn.Module:
    """A perceptron that minimised a critic's loss on fresh samples of two densities.

    It computes in double precision: its scores may grow until σ(-D) is 1e-300.

    Args:
        loss: whose critic it is.
        real: draws real samples, as `Density.sample` of the data sets does.
        fake: draws fake samples of the same shape.
        penalty: joins the loss, or projects after each step.
        optimizer: of the critic.
        steps: how many.
        batch: samples of each kind in a step.
        hold: share of the steps at full learning rate, which then falls to zero, and the noise of sampling with it.
        width: units of a hidden layer.
        depth: hidden layers.
        seed: of weights and samples.
        watch: called with 0 and the critic as it starts, then with each step's number and the critic after it.

    Returns:
        The critic, from samples [B, *shape] in double precision to scores [B].
    """
    watch = watch or (lambda step, critic: None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "theory", "weights"))
        shape = real(1, new_rng(seed, "theory", "shape")).shape[1:]
        critic = Critic(shape=shape, width=width, depth=depth).double()
    descent = optimizer(critic.parameters())
    rate = torch.optim.lr_scheduler.LambdaLR(descent, LinearDecay(steps, hold))
    watch(0, critic)
    for step in range(steps):
        x = real(batch, new_rng(seed, "theory", "real", step)).double()
        y = fake(batch, new_rng(seed, "theory", "fake", step)).double()
        objective = loss.critic(critic(x), critic(y))
        term = penalty(critic, x, y, StepRNG(new_rng(seed, "theory", "penalty", step), update=step))
        descent.zero_grad()
        torch.autograd.backward(objective if term is None else objective + term)
        descent.step()
        penalty.project(critic)
        rate.step()
        watch(step + 1, critic)
    return critic
