"""The fully connected pair."""

from __future__ import annotations

from math import sqrt

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model import mlp


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("shape", [(2,), (1, 28, 28), (3, 5, 7), (4, 3)])
def test_any_shape(shape: tuple[int, ...]) -> None:
    generator, critic = mlp.Generator(shape=shape, latent_dim=3, width=8), mlp.Critic(shape=shape, width=8)
    fake = generator(torch.randn(5, 3))
    assert fake.shape == (5, *shape)
    assert critic(fake).shape == (5,)
    assert generator.latent_dim == 3


def test_points_are_linear_in_the_last_weights_and_images_lie_within_tanh() -> None:
    latent = 100 * torch.randn(64, 2)
    assert mlp.Generator(shape=(2,), width=8)(latent).abs().max() > 1
    assert mlp.Generator(shape=(1, 2, 2), width=8)(latent).abs().max() <= 1


def test_parameters_of_the_paper() -> None:
    hidden = (2 * 512 + 512) + 2 * (512 * 512 + 512)
    assert parameters(mlp.Generator(shape=(2,))) == hidden + 512 * 2 + 2
    assert parameters(mlp.Critic(shape=(2,))) == hidden + 512 + 1


def test_depth_counts_hidden_layers() -> None:
    critic = mlp.Critic(shape=(2,), width=4, depth=5)
    assert sum(isinstance(m, nn.ReLU) for m in critic.modules()) == 5
    assert sum(isinstance(m, nn.Linear) for m in critic.modules()) == 6


def test_he_inside_and_glorot_at_the_end() -> None:
    linears = [m for m in mlp.Generator(shape=(600,), latent_dim=300).modules() if isinstance(m, nn.Linear)]
    stds = [m.weight.std().item() for m in linears]
    expected = [sqrt(2 / 300), sqrt(2 / 512), sqrt(2 / 512), sqrt(2 / (512 + 600))]
    assert stds == pytest.approx(expected, rel=0.01)
    assert all(m.bias.abs().max() == 0 for m in linears)


def test_norm_replaces_the_bias_that_it_would_cancel() -> None:
    batch, layer = (mlp.Critic(shape=(2,), width=4, depth=1, norm=norm) for norm in ("batch", "layer"))
    assert [type(m) for m in batch.layers] == [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Linear]
    assert [type(m) for m in layer.layers] == [nn.Linear, nn.LayerNorm, nn.ReLU, nn.Linear]
    assert batch.layers[0].bias is None
    assert layer.layers[0].bias is not None


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"^Critic: norm='instance' must be 'batch', 'layer' or 'none'$"):
        mlp.Critic(shape=(2,), norm="instance")
    with pytest.raises(UsageError, match=r"^Generator: depth=0 must be greater than or equal to 1$"):
        mlp.Generator(shape=(2,), depth=0)
