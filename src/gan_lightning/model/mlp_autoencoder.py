"""Fully connected generator, and an autoencoder as its critic (discriminator), for points and flattened samples."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from torch import nn

from gan_lightning.core.validation import Count, SmallCount, validate_arguments
from gan_lightning.model.mlp import Generator as Generator
from gan_lightning.model.mlp import mlp_layers
from gan_lightning.nn.autoencoder import Autoencoder, Distance
from gan_lightning.nn.init import HeInit
from gan_lightning.nn.norm import VectorNorm
from gan_lightning.nn.spectral import add_spectral_norm


class Critic(Autoencoder):
    """Samples to minus their reconstruction errors, through hidden ReLU layers before and after a code.

    The decoder is a `Generator` of codes: linear at its end for points, tanh for images.

    Args:
        shape: shape of one sample.
        code: numbers of a code.
        width: units of a hidden layer.
        depth: number of hidden layers of the encoder, and of the decoder.
        norm: normalization after each hidden linear layer.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        init: "he" (the last layers Glorot's), "orthogonal" for orthonormal rows, or "torch" for torch's default.
        distance: "euclidean", or "absolute" for the mean absolute difference.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        code: Count = 32,
        width: Count = 128,
        depth: SmallCount = 2,
        norm: VectorNorm = "none",
        spectral_norm: bool = False,
        init: HeInit = "he",
        distance: Distance = "euclidean",
    ) -> None:
        encoder = mlp_layers(prod(shape), code, width=width, depth=depth, norm=norm, init=init)
        decoder = Generator(shape=shape, latent_dim=code, width=width, depth=depth, norm=norm, init=init)
        super().__init__(nn.Sequential(nn.Flatten(), *encoder), decoder, distance)
        if spectral_norm:
            add_spectral_norm(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Blocks of the encoder, in the order in which samples pass through them."""
        return [layer for layer in list(self.encoder.children())[:-1] if isinstance(layer, nn.Linear)]
