from __future__ import annotations

import pytest
import torch

from gan_lightning.core.rng import StepRNG, layers_draw_from, new_rng
from gan_lightning.model import mlp
from gan_lightning.nn.gaussian_noise import GaussianNoise


def test_it_is_gaussian_of_its_deviation_in_training_only() -> None:
    layer, x = GaussianNoise(0.5), torch.full((100_000,), 3.0)
    noise = layer(x) - x
    assert noise.mean().item() == pytest.approx(0, abs=0.01)
    assert noise.std().item() == pytest.approx(0.5, rel=0.01)
    assert noise.pow(4).mean().item() == pytest.approx(3 * 0.5**4, rel=0.05)  # of a Gaussian
    assert layer.eval()(x) is x


def test_hidden_layers_of_a_critic_have_it() -> None:
    critic = mlp.Critic(shape=(2,), width=4, depth=3, noise=0.3)
    kinds = [type(layer).__name__ for layer in critic.layers]
    assert kinds == ["Linear", "Identity", "ReLU", "GaussianNoise"] * 3 + ["Linear"]
    x = torch.randn(2, 2)
    assert not torch.equal(critic(x), critic(x))
    critic.eval()
    assert torch.equal(critic(x), critic(x))


def test_shares_of_a_batch_have_the_noise_of_the_whole() -> None:
    layer, x = GaussianNoise(0.5), torch.zeros(8, 3, dtype=torch.float64)
    with layers_draw_from(StepRNG(new_rng(0))):
        whole = layer(x)
    for shard in range(4):
        with layers_draw_from(StepRNG(new_rng(0), shard=shard, num_shards=4)):
            assert torch.equal(layer(x[shard::4]), whole[shard::4])
    assert whole.unique().numel() == 24
