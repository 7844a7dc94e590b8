"""Fully connected generator with an encoder, and a critic (discriminator), for points and flattened samples."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from torch import nn

from gan_lightning.core.validation import Count, SmallCount
from gan_lightning.model import mlp
from gan_lightning.model.mlp import Critic as Critic
from gan_lightning.model.mlp import mlp_layers
from gan_lightning.nn.encoder import Encoder
from gan_lightning.nn.init import HeInit
from gan_lightning.nn.norm import VectorNorm


def hidden_layers(inputs: int, *, width: int, depth: int, norm: VectorNorm, init: HeInit) -> nn.Sequential:
    """Flattened inputs to `width` features by `depth` hidden layers."""
    return nn.Sequential(nn.Flatten(), *mlp_layers(inputs, 1, width=width, depth=depth, norm=norm, init=init)[:-1])


class Generator(mlp.Generator):
    """`mlp.Generator`, and an encoder of its samples with as many hidden layers.

    Args:
        shape: of one sample.
        encoder_width: units of a hidden layer of the encoder.
        depth: hidden layers of the generator, and of the encoder.
        norm: normalization after each hidden linear layer of both.
        init: of both.
        **network: further arguments of `mlp.Generator`.
    """

    def __init__(
        self,
        *,
        shape: Sequence[Count],
        encoder_width: Count = 128,
        depth: SmallCount = 3,
        norm: VectorNorm = "none",
        init: HeInit = "he",
        **network: Any,
    ) -> None:
        super().__init__(shape=shape, depth=depth, norm=norm, init=init, **network)
        features = hidden_layers(prod(shape), width=encoder_width, depth=depth, norm=norm, init=init)
        self.encoder = Encoder(features, encoder_width, self.latent_dim)
