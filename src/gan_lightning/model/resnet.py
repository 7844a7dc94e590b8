"""Residual generator and critic (discriminator) of WGAN-GP and SNGAN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt
from typing import Literal

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, validate_arguments
from gan_lightning.nn.conditional_layer import ConditionalSequential, apply_conditional
from gan_lightning.nn.conditioning import (
    CriticConditioning,
    GeneratorConditioning,
    LatentConditioning,
    condition_labels,
    label_concat_layers,
    output_head,
)
from gan_lightning.nn.image_pyramid import check_widths, pixels, pyramid, widths_from_image
from gan_lightning.nn.init import WEIGHTED, HeInit, glorot, orthogonal, torch_default
from gan_lightning.nn.latent_prior import LatentPriorName
from gan_lightning.nn.norm import Norm, conditional_norm
from gan_lightning.nn.residual import (
    Residual,
    downsample_block,
    identity_size_block,
    image_downsample_block,
    upsample_block,
)
from gan_lightning.nn.spectral import add_spectral_norm

Pool = Literal["mean", "sum"]
POOLS: dict[str, Callable[..., Tensor]] = {"mean": torch.mean, "sum": torch.sum}


def he_inside(network: nn.Module) -> None:
    """Glorot's uniform weights, times √2 (He's gain for ReLU) inside residual branches, as in both papers' code."""
    inside = {layer for m in network.modules() if isinstance(m, Residual) for layer in m.residual.modules()}
    for layer in network.modules():
        if isinstance(layer, WEIGHTED):
            glorot(layer, sqrt(2) if layer in inside else 1.0)


INITS: dict[str, Callable[[nn.Module], None]] = {"he": he_inside, "orthogonal": orthogonal, "torch": torch_default}


class Generator(nn.Module):
    """Latents to images by residual blocks that double the size, then ReLU, a convolution and tanh.

    The defaults are WGAN-GP's CIFAR-10 network (Gulrajani et al. 2017, arXiv:1704.00028), whose code also has the
    biases that batch norm cancels.

    Args:
        shape: (channels, height, width); the shorter side base·2^n with base 4 to 7 and n > 0 (28, 32, 48, 64, 128 …),
            the longer one a multiple of 2^n.
        latent_dim: dimensions of a latent.
        latent_prior: distribution of a latent: "normal", "uniform" on (-1, 1), "truncated_normal" within ±2, or
            "discrete" for signs ±1.
        width: channels of the last block, nearest to the image; they double per halving of size …
        max_width: … up to here. SNGAN's 64 and 128 px networks are width=64, max_width=1024.
        widths: explicit channels instead, n+1 of them: of the projected latent, then of each block.
        norm: normalization before each ReLU.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        init: "he", "orthogonal" for orthonormal rows, or "torch" for torch's default.
        condition: class conditioning: "none", "concatenation" with the latent, or conditional "norm"s.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count = 128,
        latent_prior: LatentPriorName = "normal",
        width: Count = 128,
        max_width: Count = 128,
        widths: Sequence[Count] | None = None,
        norm: Norm = "batch",
        spectral_norm: bool = False,
        init: HeInit = "he",
        condition: GeneratorConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        image = pyramid(shape, "resnet")
        derived = widths_from_image(image.levels + 1, width=width, max_width=max_width, model="resnet")[::-1]
        widths = derived if widths is None else check_widths(widths, derived, "resnet.Generator")
        norms = norm != "none"
        self.entrance = LatentConditioning(
            condition, classes, latent_dim, norms=norms, label_shape=label_shape, prior=latent_prior
        )
        self.latent_dim, self.classes, self.label_shape = latent_dim, self.entrance.classes, self.entrance.label_shape
        condition_dim = self.entrance.condition_dim

        self.project = nn.Sequential(
            nn.Linear(self.entrance.inputs, widths[0] * image.area), nn.Unflatten(1, (widths[0], *image.base))
        )
        self.blocks = ConditionalSequential(
            *(upsample_block(inputs, outputs, norm, condition_dim) for inputs, outputs in pairwise(widths))
        )
        self.image = ConditionalSequential(
            conditional_norm(norm, widths[-1], condition_dim),
            nn.ReLU(),
            nn.Conv2d(widths[-1], image.channels, 3, padding=1),
            nn.Tanh(),
        )

        INITS[init](self)
        if spectral_norm:
            add_spectral_norm(self)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, latent_dim] → images [B, channels, height, width] in (-1, 1)."""
        latent, condition = self.entrance(latent, label)
        fake: Tensor = self.image(self.blocks(self.project(latent), condition), condition)
        return fake


class Critic(nn.Module):
    """Images to scores by residual blocks, the last ones keeping the size; then ReLU, pooling and a linear layer.

    The defaults are WGAN-GP's CIFAR-10 critic (Gulrajani et al. 2017, arXiv:1704.00028): two blocks that halve (the
    first without norm and without a ReLU before its first convolution), two that don't, no norm. SNGAN's critics
    (Miyato et al. 2018, arXiv:1802.05957) are the same with pool="sum" and plain=2, 0, 1 at 32, 64, 128 px.

    Args:
        shape: (channels, height, width), as for the generator.
        width: channels of the first block, nearest to the image; they double per block …
        max_width: … up to here.
        widths: explicit channels of the blocks instead, any number of them; n+1 by default.
        plain: number of blocks, counted from the last, that keep the size.
        pool: "mean" or "sum" of the last features over the image.
        norm: normalization before each ReLU, except in the first block and after the last; per-sample penalties rule
            out batch norm.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        init: "he", "orthogonal" for orthonormal rows, or "torch" for torch's default.
        condition: class conditioning: "none", "concatenation" with the image, or "projection" at the output.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        width: Count = 128,
        max_width: Count = 128,
        widths: Sequence[Count] | None = None,
        plain: Index = 2,
        pool: Pool = "mean",
        norm: Norm = "none",
        spectral_norm: bool = False,
        init: HeInit = "he",
        condition: CriticConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        image = pyramid(shape, "resnet")
        derived = widths_from_image(image.levels + 1, width=width, max_width=max_width, model="resnet")
        widths = derived if widths is None else list(widths)
        halvings = len(widths) - plain
        if halvings < 1:
            raise UsageError(
                f"resnet.Critic: plain={plain} of {len(widths)} blocks leaves none that halves the image: "
                f"use plain={len(widths) - 1} or less"
            )
        evenness = min(_evenness(side) for side in shape[1:])
        if halvings > evenness:
            raise UsageError(
                f"resnet.Critic: {len(widths)} blocks with plain={plain} halve the image {halvings} times, "
                f"{pixels(shape[1:])} cannot be: use plain={len(widths) - evenness} or more"
            )

        self.classes, self.label_shape = condition_labels(condition, classes, label_shape)
        front, extra = label_concat_layers(condition, classes, shape, self.label_shape)
        blocks = [image_downsample_block(image.channels + extra, widths[0])]
        for k, (inputs, outputs) in enumerate(pairwise(widths), start=1):
            block = downsample_block if k < halvings else identity_size_block
            blocks.append(block(inputs, outputs, norm))
        self.blocks = ConditionalSequential(*front, *blocks, nn.ReLU())
        self.pool = POOLS[pool]
        self.score = output_head(nn.Linear(widths[-1], 1), condition, widths[-1], classes, self.label_shape)

        INITS[init](self)
        if spectral_norm:
            add_spectral_norm(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Its blocks, in the order in which samples pass through them."""
        return [block for block in self.blocks if isinstance(block, Residual)]

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, channels, height, width] → scores [B]."""
        scores = apply_conditional(self.score, self.pool(self.blocks(x, label), (2, 3)), label)
        return scores.squeeze(1)


def _evenness(size: int) -> int:
    """Number of times that `size` can be halved."""
    return (size & -size).bit_length() - 1
