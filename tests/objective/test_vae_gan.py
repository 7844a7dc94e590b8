"""VAE-GAN: losses by hand, both kinds of fakes, resuming, micro-batches, refusals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, layers_draw_from, new_rng
from gan_lightning.loss import Wasserstein
from gan_lightning.model import mlp_encoder
from gan_lightning.nn.encoder import Posterior
from gan_lightning.objective.vae_gan import VAEGAN
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, encoding_generator, networks, play, same, state
from tests.objective.test_ali import Doubling, linear


def module(**options: Any) -> VAEGAN:
    generator = encoding_generator()
    return VAEGAN(generator, mlp_encoder.Critic(shape=(2,), width=16, depth=1), **options)


def test_the_divergence_of_a_posterior_by_hand() -> None:
    posterior = Posterior(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, math.log(2)]]))
    # ½ (μ² + σ² - 1 - log σ²): of (1, 1) a half, of (2, 2) 3.5 - log 2
    assert posterior.divergence().item() == pytest.approx(0.5 + 3.5 - math.log(2))
    assert Posterior(torch.zeros(3, 2), torch.zeros(3, 2)).divergence().tolist() == [0, 0, 0]


def test_losses_by_hand() -> None:
    """G(z) = 2z, E(x) = N(x/4, e²), D(x) = 3 · 5x, features 5x."""
    played = VAEGAN(Doubling(), nn.Sequential(linear([5.0]), linear([3.0])), loss=Wasserstein(), kl_weight=2.0)
    real = torch.tensor([[4.0], [8.0]])
    rng = StepRNG(new_rng("by hand"))
    noise, prior, again, coin = rng.normal(2, 1), rng.normal(2, 1), rng.normal(2, 1), rng.uniform(2, 1)
    rng = StepRNG(new_rng("by hand"))
    with layers_draw_from(rng):
        loss = played.generator_loss(real, rng).item()
    drawn = [real / 4 + math.e * one for one in (noise, again)]
    fakes = 2 * torch.where(coin < 0.5, prior, drawn[1])
    terms = {name: values[0].item() for name, values in played.metrics.tensors.items()}
    assert terms["reconstruction"] == pytest.approx(((5 * (2 * drawn[0] - real)) ** 2 / 2).mean().item(), rel=1e-5)
    assert terms["kl"] == pytest.approx(2 * sum((m * m + math.e**2 - 1) / 2 - 1 for m in (1, 2)) / 2, rel=1e-6)
    assert terms["generator_loss"] == pytest.approx(-15 * fakes.mean().item(), rel=1e-5)
    assert loss == pytest.approx(terms["generator_loss"] + terms["reconstruction"] + terms["kl"])


def test_the_encoder_has_no_gradient_of_the_adversarial_loss() -> None:
    played = module(kl_weight=0.0)
    played.critic.layers[-1].weight.data.zero_()  # no score, and no gradient of it, but features
    rng = StepRNG(new_rng("gradient"))
    with layers_draw_from(rng):
        played.generator_loss(torch.randn(8, 2, generator=new_rng("real")), rng).backward()
    of_features = played.generator.encoder.mean.weight.grad.clone()
    played = module(kl_weight=0.0)
    rng = StepRNG(new_rng("gradient"))
    with layers_draw_from(rng):
        played.generator_loss(torch.randn(8, 2, generator=new_rng("real")), rng).backward()
    torch.testing.assert_close(played.generator.encoder.mean.weight.grad, of_features)
    assert of_features.abs().sum() > 0


def test_fakes_are_of_either_kind() -> None:
    played = VAEGAN(Doubling(), nn.Sequential(linear([1.0]), linear([1.0])))
    with layers_draw_from(StepRNG(new_rng("coin"))), torch.no_grad():
        _, fake = played.eval().critic_inputs(torch.full((1000, 1), 4.0), torch.full((1000, 1), 7.0), played.generator)
    assert set(fake.flatten().tolist()) == {2.0, 14.0}
    assert 440 < (fake == 14).sum() < 560


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = module(), module(), module()
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=7, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))


def test_micro_batches_are_the_whole_batch() -> None:
    whole, pieces = (module(accumulate=n, generator_batch=2) for n in (1, 2))
    for one in (whole, pieces):
        play(one, steps=5, precision="64-true")
    for name, value in state(whole).items():
        torch.testing.assert_close(state(pieces)[name], value, rtol=0, atol=1e-9)


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"VAE-GAN needs a generator with an encoder, and container\.Sequential has"):
        VAEGAN(*networks(), latent_dim=4)
    with pytest.raises(UsageError, match="the critic has no layer 'there' to take features of"):
        module(layer="there")
