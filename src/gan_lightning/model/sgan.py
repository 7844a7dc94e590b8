"""Stacked GAN: a generator and a critic (discriminator) for each level of an encoder, down to images."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, SmallCount, validate_arguments
from gan_lightning.model import dcgan, mlp
from gan_lightning.model.dcgan_encoder import image_features
from gan_lightning.nn.init import DCGANInit
from gan_lightning.nn.norm import Norm, VectorNorm
from gan_lightning.nn.spectral import add_spectral_norm
from gan_lightning.nn.stack import CriticStack, GeneratorStack, LevelCritic


def latent_dims(latent_dim: int, levels: int) -> list[int]:
    """Lengths of the latents of each level, as equal as can be.

    Raises:
        UsageError: there are fewer numbers than levels.
    """
    if latent_dim < levels:
        raise UsageError(f"model=sgan has {levels} levels, with a latent each: use model.generator.latent_dim={levels}")
    return [(latent_dim + i) // levels for i in reversed(range(levels))]


class Generator(GeneratorStack):
    """Classes to features to images: perceptrons, and `dcgan.Generator` at the end (Huang et al. 2017).

    Args:
        shape: (channels, height, width), see `dcgan.Generator`.
        classes: number of classes of the data.
        features: numbers of a sample on each level of the encoder between image and logits, from the image on.
        latent_dim: numbers of all latents together; each level has an equal part of them.
        vector_width: units of a hidden layer of a perceptron.
        depth: hidden layers of a perceptron.
        vector_norm: normalization after each.
        width: channels nearest to the image; they double per halving of size …
        max_width: … up to here.
        norm: normalization after each layer of `dcgan.Generator` but the last.
        init: of `dcgan.Generator`.

    Raises:
        UsageError: the data have no classes.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        classes: Index,
        features: Sequence[Count],
        latent_dim: Count = 64,
        vector_width: Count = 256,
        depth: SmallCount = 2,
        vector_norm: VectorNorm = "batch",
        width: Count = 32,
        max_width: Count = 1024,
        norm: Norm = "batch",
        init: DCGANInit = "torch",
    ) -> None:
        if not classes:
            raise UsageError(
                "model=sgan generates from classes, and these data have none: use data with classes, or model=dcgan"
            )
        dims = latent_dims(latent_dim, len(features) + 1)
        hidden = {"width": vector_width, "depth": depth, "norm": vector_norm}
        image = {"width": width, "max_width": max_width, "norm": norm, "init": init}
        super().__init__(
            dcgan.Generator(shape=shape, latent_dim=features[0] + dims[0], **image),  # type: ignore[arg-type]
            *(
                mlp.Generator(shape=[below], latent_dim=above + z, **hidden)  # type: ignore[arg-type]
                for (below, above), z in zip(pairwise(features), dims[1:], strict=False)
            ),
            mlp.Generator(
                shape=[features[-1]],
                latent_dim=dims[-1],
                condition="concatenation",
                classes=classes,
                **hidden,  # type: ignore[arg-type]
            ),
            latent_dims=dims,
            classes=classes,
        )


class Critic(CriticStack):
    """A critic for each level: `dcgan.Critic` of images, perceptrons of features; all unconditional.

    Args:
        shape: (channels, height, width), see `dcgan.Critic`.
        features: as for the generator.
        latent_dim: as for the generator.
        vector_width: units of a hidden layer of a perceptron.
        depth: hidden layers of a perceptron.
        width: channels nearest to the image; they double per halving of size …
        max_width: … up to here.
        norm: normalization after each convolution but the first.
        kernel: of the convolutions.
        down_to: see `dcgan.Critic`.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        init: of `dcgan.Critic`.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        features: Sequence[Count],
        latent_dim: Count = 64,
        vector_width: Count = 256,
        depth: SmallCount = 2,
        width: Count = 16,
        max_width: Count = 1024,
        norm: Norm = "batch",
        kernel: Literal[4, 5] = 5,
        down_to: Count = 4,
        spectral_norm: bool = False,
        init: DCGANInit = "torch",
    ) -> None:
        dims = latent_dims(latent_dim, len(features) + 1)
        image = {"width": width, "max_width": max_width, "norm": norm, "kernel": kernel, "down_to": down_to}
        convolutions, size = image_features(shape=shape, init=init, **image)
        super().__init__(
            LevelCritic(convolutions, size, dims[0]),
            *(
                LevelCritic(_perceptron(numbers, vector_width, depth), vector_width, z)
                for numbers, z in zip(features, dims[1:], strict=True)
            ),
            shapes=[shape, *([numbers] for numbers in features)],
        )
        if spectral_norm:
            add_spectral_norm(self)


def _perceptron(inputs: int, width: int, depth: int) -> nn.Sequential:
    sizes = [inputs, *[width] * depth]
    layers = [[nn.Linear(before, after), nn.LeakyReLU(0.2)] for before, after in pairwise(sizes)]
    return nn.Sequential(*(layer for pair in layers for layer in pair))
