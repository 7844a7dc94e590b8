"""The plain loop of examples/ and the training step compute the same losses from the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from typing import Any

import torch
from lightning.pytorch import Callback
from torch import Tensor

from examples.minimal_wgan_gp import GP_WEIGHT, N_CRITIC, mlp, steps
from gan_lightning import WGANGP
from gan_lightning.data.stream import StepStream
from gan_lightning.objective.micro_batches import MicroBatches
from gan_lightning.optimizer import Adam
from tests.helper.modules import Cloud, play

Numbers = tuple[Tensor, Tensor, Tensor]


class Losses(Callback):
    def __init__(self) -> None:
        self.found: list[tuple[float, float]] = []

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *about: Any) -> None:
        of = pl_module.metrics.tensors
        self.found.append((of["critic_loss"][0].item(), of["generator_loss"][0].item()))


def numbers_of(module: WGANGP, batch_size: int) -> Iterator[Numbers]:
    """The real samples, latents and ε of every update of the module, in double precision."""
    data = Cloud(batch_size=batch_size)
    data.setup()
    stream = StepStream(data.train, batches_per_step=N_CRITIC, batch_size=batch_size, seed=module.seed)
    cut = MicroBatches(module.seed, N_CRITIC)
    for k in count():
        batch = stream.step_batch(k)
        for update in (*cut.critic_updates(batch, k), cut.generator_update(batch, k)):
            for real, rng, _ in update:
                latent = rng.normal(len(real), module.latent_dim)
                yield real.double(), latent.double(), rng.uniform(len(real), 1).double()


def test_ten_steps_have_the_same_losses() -> None:
    torch.manual_seed(0)
    generator, critic = mlp(2, 2, width=16).double(), mlp(2, 1, width=16).double()
    adam = Adam(1e-3, (0.0, 0.9))
    module = WGANGP(
        *deepcopy((generator, critic)),
        latent_dim=2,
        gp_weight=GP_WEIGHT,
        critic_optimizer=adam,
        generator_optimizer=adam,
    )
    losses = Losses()
    play(module, steps=10, batch_size=8, callbacks=[losses], precision="64-true")
    numbers = numbers_of(module, batch_size=8)
    torch.set_default_dtype(torch.float64)  # as the module draws its numbers
    try:
        plain = [
            (float(critic_loss), float(generator_loss))
            for (critic_loss, generator_loss), _ in zip(
                steps(generator, critic, lambda: next(numbers)), range(10), strict=False
            )
        ]
    finally:
        torch.set_default_dtype(torch.float32)
    torch.testing.assert_close(torch.tensor(losses.found), torch.tensor(plain), rtol=1e-9, atol=1e-12)
