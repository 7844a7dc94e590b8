from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, layers_draw_from, new_rng
from gan_lightning.model import dcgan, mlp
from gan_lightning.objective.gan import GAN
from gan_lightning.optimizer import Adam
from gan_lightning.regularizer import DenoisingFeatureMatching, RegularizerInputs
from tests.helper.modules import encoding_generator, networks, play, state

REAL, FAKE = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[5.0, 6.0]])


class Critic(nn.Module):
    """Its features are twice the numbers of a point."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(2, 2, bias=False), nn.Linear(2, 1)
        self.first.weight.data = 2 * torch.eye(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        score: torch.Tensor = self.last(self.first(x))
        return score


class Halving(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(0.5))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.factor * features


def attached(**options: float) -> tuple[DenoisingFeatureMatching, Critic]:
    critic, regularizer = Critic(), DenoisingFeatureMatching(**options)
    regularizer.attach(nn.Identity(), critic)
    critic.denoiser = Halving()
    return regularizer, critic


def test_both_terms_by_hand() -> None:
    regularizer, critic = attached(weight=0.5, std=3.0)
    fake = FAKE.clone().requires_grad_()
    inputs = RegularizerInputs(nn.Identity(), critic, critic, REAL, fake)
    noise = StepRNG(new_rng("by hand")).normal(2, 2)
    with layers_draw_from(StepRNG(new_rng("by hand"))):
        error = regularizer.critic_term(inputs)
    torch.testing.assert_close(error, ((2 * REAL + 3 * noise) / 2 - 2 * REAL).square().mean())
    error.backward()
    assert critic.denoiser.factor.grad is not None
    assert critic.first.weight.grad is None  # the critic's features stay as they are
    critic.denoiser.factor.grad = None
    term = regularizer.generator_term(inputs)
    assert term.item() == pytest.approx(0.5 * (5**2 + 6**2) / 2)  # features 10 and 12, denoised 5 and 6
    term.backward()
    assert fake.grad is not None
    assert fake.grad.tolist() == [[5.0, 6.0]]  # f - r(f), held fast: 0.5 · 2/2 · (5, 6) · the slope 2, less half of it
    assert critic.denoiser.factor.grad is None


def test_the_denoiser_finds_the_data() -> None:
    """Features of reals are all (2, 4): what is nearer to them than the noise was is their denoised copy."""
    generator, _ = networks()
    critic = Critic()
    module = GAN(
        generator,
        critic,
        latent_dim=4,
        critic_optimizer=Adam(1e-2, (0.5, 0.99)),
        regularizers={"denoising": DenoisingFeatureMatching(width=32)},
    )
    before = state(critic.denoiser)
    play(module, steps=200, batch_size=32)
    assert not torch.equal(before["0.weight"], critic.denoiser[0].weight)
    assert module.metrics.tensors["critic_denoising"][0].item() < 8.0  # features have variances of some 10 and noise 1
    assert "generator_denoising" in module.metrics.tensors


def test_the_denoiser_is_no_layer_that_others_mean() -> None:
    critic = mlp.Critic(shape=(2,), width=16, depth=1)
    regularizer = DenoisingFeatureMatching(width=8)
    regularizer.attach(nn.Identity(), critic)
    assert critic.denoiser[0].in_features == critic.denoiser[-1].out_features == 16


def test_refuses_a_critic_without_a_linear_layer() -> None:
    generator, critic = networks()
    with pytest.raises(UsageError, match=r"denoiser is a head .*Sequential"):
        GAN(generator, critic, latent_dim=4, regularizers={"denoising": DenoisingFeatureMatching()})
    image = dcgan.Critic(shape=(1, 8, 8), widths=[4], norm="none")
    last = next(name for name, one in image.named_modules() if isinstance(one, nn.Conv2d))
    with pytest.raises(UsageError, match=r"takes the input of a linear layer.*denoising_feature_matching\.layer"):
        DenoisingFeatureMatching(layer=last).attach(encoding_generator(), image)
