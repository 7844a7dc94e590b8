"""Adversarial autoencoder: losses by hand, latents of the prior, resuming, micro-batches, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from gan_lightning.augment import InstanceNoise
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, new_rng
from gan_lightning.loss import Wasserstein
from gan_lightning.metric.functional.wasserstein import exact_w1
from gan_lightning.model import mlp_latents
from gan_lightning.objective.aae import AAE
from gan_lightning.optimizer import Adam
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, latent_networks, networks, play, same, state
from tests.objective.test_ali import Doubling, linear


def module(**options: Any) -> AAE:
    return AAE(*latent_networks(), **options)


def test_losses_by_hand() -> None:
    """G(z) = 2z, E(x) = x/4 and D(z) = 3z: reconstructions are half of the samples."""
    played = AAE(Doubling(), linear([3.0]), loss=Wasserstein(), reconstruction_weight=10.0)
    real = torch.tensor([[4.0], [8.0]])
    prior = StepRNG(new_rng("by hand")).normal(2, 1)
    critic_loss = played.critic_loss(real, StepRNG(new_rng("by hand")))
    assert critic_loss.item() == pytest.approx(3 * 1.5 - 3 * prior.mean().item())
    generator_loss = played.generator_loss(real, StepRNG(new_rng("by hand")))
    assert generator_loss.item() == pytest.approx(-3 * 1.5 + 10 * (4 + 16) / 2)
    assert played.metrics.tensors["reconstruction"][0].item() == 100
    assert played.score(real).flatten().tolist() == [3, 6]


@pytest.mark.training
def test_latents_have_the_distribution_of_the_prior() -> None:
    torch.manual_seed(0)
    fast = Adam(5e-3, (0.5, 0.99))
    played = AAE(
        mlp_latents.Generator(shape=(2,), latent_dim=2, width=32, encoder_width=32, depth=2),
        mlp_latents.Critic(latent_dim=2, width=64),
        critic_optimizer=fast,
        generator_optimizer=fast,
        ema_decay=0.99,
    )
    real = torch.cat([table.rows for table in Cloud().load()])[:500]
    prior, other = torch.randn(2, 500, 2, generator=new_rng("prior"))
    floor, before = exact_w1(prior, other), exact_w1(prior, played.encode(real))
    play(played, steps=800, batch_size=64)
    assert exact_w1(prior, played.encode(real)) < 2 * floor < before
    assert (played.reconstruct(real) - real).square().mean() < 0.05  # of a variance of 1


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = (module(stochastic=True) for _ in range(3))
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=7, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))


def test_micro_batches_are_the_whole_batch() -> None:
    whole, pieces = (module(accumulate=n, stochastic=True, generator_batch=2) for n in (1, 2))
    for one in (whole, pieces):
        play(one, steps=5, precision="64-true")
    for name, value in state(whole).items():
        torch.testing.assert_close(state(pieces)[name], value, rtol=0, atol=1e-9)


def test_refusals() -> None:
    generator, critic = latent_networks()
    with pytest.raises(UsageError, match=r"AAE needs a generator with an encoder, and container\.Sequential has none"):
        AAE(networks()[0], critic, latent_dim=4)
    with pytest.raises(UsageError, match=r"AAE's critic sees latents, and noise changes samples: use augment=\[\]"):
        AAE(generator, critic, augments={"noise": InstanceNoise(0.3)})
    with pytest.raises(
        UsageError,
        match=r"the critic does not take latents of shape \(4,\): use model=dcgan_latents for images",
    ):
        AAE(generator, networks()[1]).dry_run(torch.zeros(2, 2))
