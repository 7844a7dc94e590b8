"""Encoders: from samples to the latents of a generator."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import layer_rng

LOG_STD = (-5.0, 2.0)  # least and largest


class Posterior(NamedTuple):
    """The distribution of the latents of samples, q(z given x): normal, and independent from latent to latent.

    Attributes:
        mean: [B, latent_dim].
        log_std: logarithms of the standard deviations, [B, latent_dim].
    """

    mean: Tensor
    log_std: Tensor

    def draw(self) -> Tensor:
        """Latents [B, latent_dim], with a gradient of mean and deviation (Kingma & Welling 2014, arXiv:1312.6114).

        In a training step their noise is a function of seed, update and the samples' places in the global batch.
        """
        rng = layer_rng()
        shape, device = self.mean.shape, self.mean.device
        noise = torch.randn(shape, device=device) if rng is None else rng.normal(*shape, device=device)
        return self.mean + self.log_std.exp() * noise.to(self.mean)

    def log_density(self, latent: Tensor) -> Tensor:
        """log q of latents [B, latent_dim], each under its own sample's distribution, in nats, [B]."""
        squares = ((latent - self.mean) / self.log_std.exp()).square()
        return -(squares / 2 + self.log_std + math.log(2 * math.pi) / 2).sum(1)

    def divergence(self) -> Tensor:
        """The Kullback-Leibler divergence from N(0, 1) of each sample's latents together, in nats, [B]."""
        squares = self.mean.square() + (2 * self.log_std).exp() - 1
        return (squares / 2 - self.log_std).sum(1)


class Encoder(nn.Module):
    """Samples to the posterior of their latents, by two linear layers on features.

    Args:
        features: samples [B, *shape] → features [B, num_features].
        num_features: of a sample.
        latent_dim: of the generator.
    """

    def __init__(self, features: nn.Module, num_features: int, latent_dim: int) -> None:
        super().__init__()
        self.features = features
        self.mean, self.log_std = nn.Linear(num_features, latent_dim), nn.Linear(num_features, latent_dim)

    def forward(self, x: Tensor) -> Posterior:
        """[B, *shape] → the posterior of B latents."""
        features = self.features(x)
        return Posterior(self.mean(features), self.log_std(features).clamp(*LOG_STD))


def encoder_of(generator: nn.Module, needed_by: str, instead: str) -> Encoder:
    """The encoder of a generator, its attribute `encoder`.

    Args:
        generator: the network.
        needed_by: what needs it, for the error message.
        instead: what to use, likewise.

    Raises:
        UsageError: it has none.
    """
    encoder = getattr(generator, "encoder", None)
    if not isinstance(encoder, Encoder):
        kind = f"{type(generator).__module__.rpartition('.')[2]}.{type(generator).__name__}"
        raise UsageError(f"{needed_by} needs a generator with an encoder, and {kind} has none: {instead}")
    return encoder
