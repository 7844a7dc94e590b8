"""Fully connected generator with an encoder, and a critic (discriminator) of pairs of a sample and a latent."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from torch import nn

from gan_lightning.core.validation import Count, SmallCount, validate_arguments
from gan_lightning.model.mlp import mlp_layers
from gan_lightning.model.mlp_encoder import Generator as Generator
from gan_lightning.nn.init import HeInit
from gan_lightning.nn.norm import VectorNorm
from gan_lightning.nn.pair_critic import PairCritic
from gan_lightning.nn.spectral import add_spectral_norm


class Critic(PairCritic):
    """Hidden ReLU layers of the numbers of the sample and of the latent together.

    Args:
        shape: of one sample.
        latent_dim: of the generator.
        width: units of a hidden layer.
        depth: number of hidden layers.
        norm: normalization after each hidden linear layer.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        init: "he" (the last layer Glorot's), "orthogonal" for orthonormal rows, or "torch" for torch's default.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count,
        width: Count = 128,
        depth: SmallCount = 3,
        norm: VectorNorm = "none",
        spectral_norm: bool = False,
        init: HeInit = "he",
    ) -> None:
        layers = mlp_layers(prod(shape) + latent_dim, 1, width=width, depth=depth, norm=norm, init=init)
        super().__init__(nn.Flatten(), nn.Identity(), layers, shape)
        if spectral_norm:
            add_spectral_norm(self)
