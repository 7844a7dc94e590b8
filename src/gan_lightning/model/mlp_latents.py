"""Fully connected generator with an encoder, and a critic (discriminator) of latents."""

from __future__ import annotations

from gan_lightning.core.validation import Count, SmallCount, validate_arguments
from gan_lightning.model import mlp
from gan_lightning.model.mlp_encoder import Generator as Generator
from gan_lightning.nn.init import HeInit
from gan_lightning.nn.norm import VectorNorm


class Critic(mlp.Critic):
    """Latents to scores through hidden ReLU layers.

    Args:
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
        latent_dim: Count,
        width: Count = 256,
        depth: SmallCount = 2,
        norm: VectorNorm = "none",
        spectral_norm: bool = False,
        init: HeInit = "he",
    ) -> None:
        super().__init__(
            shape=(latent_dim,), width=width, depth=depth, norm=norm, spectral_norm=spectral_norm, init=init
        )
