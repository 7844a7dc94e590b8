"""Scores of autoencoders, and the name of the layer that takes their codes."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model import dcgan_autoencoder, mlp_autoencoder
from gan_lightning.nn.autoencoder import Autoencoder, Distance
from gan_lightning.nn.feature_hook import FeatureHook
from gan_lightning.objective.gan import GAN


def linear(*rows: list[float]) -> nn.Linear:
    layer = nn.Linear(len(rows[0]), len(rows), bias=False)
    layer.weight.data = torch.tensor(rows)
    return layer


@pytest.mark.parametrize(("distance", "score"), [("euclidean", -5.0), ("absolute", -3.5)])
def test_scores_by_hand(distance: Distance, score: float) -> None:
    critic = Autoencoder(linear([1.0, 0.0]), linear([2.0], [1.0]), distance)
    samples = torch.tensor([[3.0, -1.0], [0.0, 0.0]])
    assert critic.reconstruct(samples).tolist() == [[6.0, 3.0], [0.0, 0.0]]  # 3 and 4 off; exact
    assert critic(samples).tolist() == [score, 0.0]


def test_a_perfect_reconstruction_has_a_gradient() -> None:
    samples = torch.zeros(1, 2, requires_grad=True)
    Autoencoder(linear([1.0, 0.0]), linear([2.0], [1.0]))(samples).sum().backward()
    assert samples.grad is not None
    assert samples.grad.tolist() == [[0.0, 0.0]]


def test_code_layers() -> None:
    points = mlp_autoencoder.Critic(shape=(2,), code=3, width=8)
    images = dcgan_autoencoder.Critic(shape=(1, 28, 28), code=5, width=4)
    for critic, shape, code in ((points, (2,), 3), (images, (1, 28, 28), 5)):
        samples = torch.rand(6, *shape)
        assert FeatureHook(critic, critic.code_layer)(critic, samples).shape == (6, code)
        assert critic.encoder(samples).shape == (6, code)
        assert critic.reconstruct(samples).shape == samples.shape
    assert Autoencoder(nn.Linear(2, 1), nn.Linear(1, 2)).code_layer == "decoder"
    assert Autoencoder(nn.Identity(), nn.Identity()).code_layer is None


def test_blocks_of_the_encoder_are_frozen() -> None:
    critic = dcgan_autoencoder.Critic(shape=(1, 28, 28), width=4)
    generator = dcgan_autoencoder.Generator(shape=(1, 28, 28), width=4, latent_dim=4)
    GAN(generator, critic, frozen_critic=1)
    frozen = {name.split(".")[:2] == ["encoder", "0"] for name, p in critic.named_parameters() if not p.requires_grad}
    assert frozen == {True}
    with pytest.raises(UsageError, match=r"mlp_autoencoder\.Critic has 2 blocks"):
        GAN(mlp_autoencoder.Generator(shape=(2,)), mlp_autoencoder.Critic(shape=(2,)), frozen_critic=3)
