"""ALI and BiGAN: pairs and losses by hand, the inverse that is learned, resuming, micro-batches, refusals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.augment import InstanceNoise
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, layers_draw_from, new_rng
from gan_lightning.loss import NonSaturating, RelativisticPairing, Wasserstein
from gan_lightning.model import mlp_pairs
from gan_lightning.nn.encoder import Encoder
from gan_lightning.nn.pair_critic import PairCritic
from gan_lightning.objective.ali import ALI, BothSides
from gan_lightning.objective.gan import GAN
from gan_lightning.optimizer import Adam
from gan_lightning.penalty import R1R2, GradientPenalty
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, networks, pair_networks, play, same, state


def linear(*rows: list[float]) -> nn.Linear:
    layer = nn.Linear(len(rows[0]), len(rows), bias=False)
    layer.weight.data = torch.tensor(rows)
    return layer


class Doubling(nn.Module):
    """G(z) = 2z; E(x) is N(x/4, e²), of one number each."""

    latent_dim = 1

    def __init__(self) -> None:
        super().__init__()
        self.layer = linear([2.0])
        self.encoder = Encoder(nn.Identity(), 1, 1)
        for layer, weight, bias in ((self.encoder.mean, 0.25, 0.0), (self.encoder.log_std, 0.0, 1.0)):
            nn.init.constant_(layer.weight, weight)
            nn.init.constant_(layer.bias, bias)

    def forward(self, latent: Tensor) -> Tensor:
        samples: Tensor = self.layer(latent)
        return samples


def by_hand(**options: Any) -> ALI:
    """The score of (x, z) is x + 3z."""
    critic = PairCritic(nn.Identity(), nn.Identity(), linear([1.0, 3.0]), shape=(1,))
    return ALI(Doubling(), critic, **options)


def module(**options: Any) -> ALI:
    return ALI(*pair_networks(), **options)


def test_pairs_by_hand() -> None:
    real, latent, drawn = torch.tensor([[4.0]]), torch.tensor([[5.0]]), by_hand()
    for played, expected in ((by_hand(stochastic=False), 1.0), (drawn.eval(), 1.0)):
        pairs = played.critic_inputs(real, latent, lambda z: 2 * z)
        assert [pair.tolist() for pair in pairs] == [[[4.0, expected]], [[10.0, 5.0]]]
        assert played.score(real).item() == 4 + 3 * expected
    with layers_draw_from(StepRNG(new_rng("by hand"))):
        pair, _ = drawn.train().critic_inputs(real, latent, lambda z: z)
    noise = StepRNG(new_rng("by hand")).normal(1, 1)
    torch.testing.assert_close(pair, torch.tensor([[4.0, 1 + math.e * noise.item()]]))


def test_losses_by_hand() -> None:
    real, fake = torch.tensor([math.log(3)]), torch.tensor([0.0])
    losses = BothSides(NonSaturating())
    assert losses.critic(real, fake).item() == pytest.approx(math.log(4 / 3) + math.log(2))
    assert losses.generator(fake, lambda: real).item() == pytest.approx(math.log(2) + math.log(4))
    both_already = RelativisticPairing()
    assert BothSides(both_already).generator(fake, lambda: real) == both_already.generator(fake, lambda: real)


def test_both_networks_of_the_player_learn_by_hand() -> None:
    played = by_hand(stochastic=False, loss=Wasserstein())
    real = torch.tensor([[4.0], [8.0]])
    played.generator_loss(real, StepRNG(new_rng("by hand"))).backward()
    z = StepRNG(new_rng("by hand")).normal(2, 1)
    # the loss is mean(x + 3 E(x)) - mean(2z + 3z), its derivative by E's slope 3 mean(x), by G's -mean(z)
    assert played.generator.encoder.mean.weight.grad.item() == 3 * 6.0
    assert played.generator.layer.weight.grad.item() == pytest.approx(-z.mean().item())


def test_augmentations_change_samples_alone() -> None:
    played = by_hand(stochastic=False, augments={"noise": InstanceNoise(0.5)})
    pairs = torch.tensor([[4.0, 1.0], [8.0, 2.0]])
    changed = played.augment(pairs, StepRNG(new_rng("noise")))
    assert torch.equal(changed[:, 1], pairs[:, 1])
    assert not (changed[:, 0] == pairs[:, 0]).any()


@pytest.mark.training
def test_the_encoder_becomes_the_inverse() -> None:
    torch.manual_seed(0)
    size: dict[str, Any] = {"shape": (2,), "latent_dim": 2, "width": 32, "depth": 2}
    fast = Adam(2e-3, (0.0, 0.99))
    played = ALI(
        mlp_pairs.Generator(**size, encoder_width=32),
        mlp_pairs.Critic(**size),
        stochastic=False,
        loss=RelativisticPairing(),
        penalty=R1R2(r1=1.0, r2=1.0),
        critic_optimizer=fast,
        generator_optimizer=fast,
        ema_decay=0.99,
    )
    play(played, steps=1000, batch_size=64)
    latent = played.latent(500, "inverse")
    assert (played.encode(played.sample(latent)) - latent).square().mean() < 0.5  # 1 for zeros
    real = Cloud().load()[1].rows
    assert (played.reconstruct(real) - real).square().mean() < 0.5  # of a variance of 1


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = module(), module(), module()
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=7, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))
    assert "ema.generator.encoder.mean.weight" in state(whole)


def test_micro_batches_are_the_whole_batch() -> None:
    options: dict[str, Any] = {"generator_batch": 2, "penalty": GradientPenalty(1.0)}
    whole, pieces = (module(accumulate=n, augments={"noise": InstanceNoise(0.3)}, **options) for n in (1, 2))
    for one in (whole, pieces):
        play(one, steps=5, precision="64-true")
    for name, value in state(whole).items():
        torch.testing.assert_close(state(pieces)[name], value, rtol=0, atol=1e-9)


def test_refusals() -> None:
    generator, critic = pair_networks()
    with pytest.raises(UsageError, match=r"ALI needs a generator with an encoder, and container\.Sequential has none"):
        ALI(networks()[0], critic, latent_dim=4)
    with pytest.raises(UsageError, match=r"takes pairs of a sample and a latent, and container\.Sequential takes none"):
        ALI(generator, networks()[1])
    generator.encoder = Encoder(nn.Identity(), 2, 3)
    with pytest.raises(UsageError, match=r"makes latents of shape \(2, 3\) for 2 samples, the generator takes \(2, 4"):
        ALI(generator, critic).dry_run(torch.zeros(2, 2))
    generator.encoder = Encoder(nn.Identity(), 3, 4)
    with pytest.raises(UsageError, match=r"the encoder does not take samples of shape \(2,\): RuntimeError"):
        ALI(generator, critic).dry_run(torch.zeros(2, 2))
    with pytest.raises(
        UsageError, match=r"GAN trains no encoder, and the generator has one: use objective=ali, aae, vae_gan or egan"
    ):
        GAN(generator, networks()[1]).dry_run(torch.zeros(2, 2))
