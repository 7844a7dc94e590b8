"""R3GAN generator and critic (discriminator): residual networks without normalization (Huang et al. 2024).

For images of base·2^n pixels per side; arXiv:2501.05441. Both networks are stages of residual blocks, 1×1, grouped 3×3,
1×1, at one resolution each. The published networks resample with a filter [1, 2, 1]; here it is bilinear upsampling and
means over 2×2. Bases other than 4 px are not in the paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, SmallCount, validate_arguments
from gan_lightning.nn.conditional_layer import ConditionalSequential
from gan_lightning.nn.conditioning import (
    CriticConditioning,
    GeneratorConditioning,
    LatentConditioning,
    condition_labels,
    label_concat_layers,
    output_head,
)
from gan_lightning.nn.image_pyramid import check_widths, pyramid, widths_from_image
from gan_lightning.nn.latent_prior import LatentPriorName

SLOPE = 0.2  # of LeakyReLU
GAIN = sqrt(2 / (1 + SLOPE**2))  # preserves the variance through LeakyReLU


class Block(nn.Module):
    """x plus 1×1, grouped 3×3, 1×1 convolutions of it; zero at first, so that a deep network starts as a shallow one.

    Initial weights are N(0, gain² / fan-in) with He's gain times L^(-1/4), L the network's blocks: Fixup (Zhang et al.
    2019, arXiv:1901.09321).

    Args:
        width: channels in and out.
        expansion: channels inside, as a multiple.
        group: channels of a group of the 3×3 convolution.
        blocks: L.
    """

    def __init__(self, width: int, expansion: int, group: int, blocks: int) -> None:
        super().__init__()
        inside = width * expansion
        if inside % group:
            raise UsageError(f"r3gan: width·expansion = {inside} channels do not divide into groups of group={group}")
        gain = GAIN * blocks**-0.25
        self.residual = nn.Sequential(
            _he(nn.Conv2d(width, inside, 1), gain),
            nn.LeakyReLU(SLOPE),
            _he(nn.Conv2d(inside, inside, 3, padding=1, groups=inside // group), gain),
            nn.LeakyReLU(SLOPE),
            _he(nn.Conv2d(inside, width, 1, bias=False), 0.0),
        )

    def forward(self, x: Tensor) -> Tensor:
        """[B, width, H, W] → the same shape."""
        sum_: Tensor = x + self.residual(x)
        return sum_


class Basis(nn.Module):
    """A learned feature map for each channel, times a linear function of the latent."""

    def __init__(self, latent_dim: int, channels: int, size: tuple[int, ...]) -> None:
        super().__init__()
        self.pictures = nn.Parameter(torch.randn(channels, *size))
        self.strength = _he(nn.Linear(latent_dim, channels, bias=False))

    def forward(self, latent: Tensor) -> Tensor:
        """[B, latent_dim] → [B, channels, *size]."""
        features: Tensor = self.strength(latent)[:, :, None, None] * self.pictures
        return features


class Generator(nn.Module):
    """Latents to images, with a linear output.

    Args:
        shape: (channels, height, width); the shorter side base·2^n with base 4 to 7 and n > 0 (28, 32, 48, 64, 128 …),
            the longer one a multiple of 2^n.
        latent_dim: dimensions of a latent.
        latent_prior: distribution of a latent: "normal", "uniform" on (-1, 1), "truncated_normal" within ±2, or
            "discrete" for signs ±1.
        width: channels of the last stage, nearest to the image; they double per halving of size …
        max_width: … up to here. The published 32 px network has 768 throughout.
        widths: explicit channels instead, n+1 of them, from the latent to the image.
        blocks: residual blocks of a stage.
        expansion: channels inside a block, as a multiple of its width.
        group: channels of a group of the 3×3 convolutions.
        condition: class conditioning: "none", "concatenation" with the latent, or conditional "norm"s.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count = 64,
        latent_prior: LatentPriorName = "normal",
        width: Count = 768,
        max_width: Count = 768,
        widths: Sequence[Count] | None = None,
        blocks: SmallCount = 2,
        expansion: Count = 2,
        group: Count = 16,
        condition: GeneratorConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        image = pyramid(shape, "r3gan")
        derived = widths_from_image(image.levels + 1, width=width, max_width=max_width, model="r3gan")[::-1]
        widths = derived if widths is None else check_widths(widths, derived, "r3gan.Generator")
        self.entrance = LatentConditioning(
            condition, classes, latent_dim, norms=False, label_shape=label_shape, prior=latent_prior
        )
        self.latent_dim, self.classes, self.label_shape = latent_dim, self.entrance.classes, self.entrance.label_shape
        total = blocks * len(widths)
        layers: list[nn.Module] = [Basis(self.entrance.inputs, widths[0], image.base)]
        layers += [Block(widths[0], expansion, group, total) for _ in range(blocks)]
        for inputs, outputs in pairwise(widths):
            layers += [_match(inputs, outputs), nn.Upsample(scale_factor=2, mode="bilinear")]
            layers += [Block(outputs, expansion, group, total) for _ in range(blocks)]
        self.layers = nn.Sequential(*layers, _he(nn.Conv2d(widths[-1], image.channels, 1, bias=False)))

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, latent_dim] → images [B, channels, height, width], about in (-1, 1) after training."""
        fake: Tensor = self.layers(self.entrance(latent, label)[0])
        return fake


class Critic(nn.Module):
    """Images to scores: the mirror of the generator.

    Args:
        shape: (channels, height, width), as for the generator.
        width: channels of the first stage, nearest to the image; they double per halving of size …
        max_width: … up to here.
        widths: explicit channels instead, n+1 of them, from the image to the score.
        blocks: residual blocks of a stage.
        expansion: channels inside a block, as a multiple of its width.
        group: channels of a group of the 3×3 convolutions.
        condition: class conditioning: "none", "concatenation" with the image, or "projection" at the output.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        width: Count = 768,
        max_width: Count = 768,
        widths: Sequence[Count] | None = None,
        blocks: SmallCount = 2,
        expansion: Count = 2,
        group: Count = 16,
        condition: CriticConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        image = pyramid(shape, "r3gan")
        derived = widths_from_image(image.levels + 1, width=width, max_width=max_width, model="r3gan")
        widths = derived if widths is None else check_widths(widths, derived, "r3gan.Critic")
        self.classes, self.label_shape = condition_labels(condition, classes, label_shape)
        front, extra = label_concat_layers(condition, classes, shape, self.label_shape)
        total = blocks * len(widths)
        layers: list[nn.Module] = [_he(nn.Conv2d(image.channels + extra, widths[0], 1, bias=False))]
        layers += [Block(widths[0], expansion, group, total) for _ in range(blocks)]
        for inputs, outputs in pairwise(widths):
            layers += [nn.AvgPool2d(2), _match(inputs, outputs)]
            layers += [Block(outputs, expansion, group, total) for _ in range(blocks)]
        last = widths[-1]
        whole = _he(nn.Conv2d(last, last, (image.base[0], image.base[1]), groups=last, bias=False))
        score = output_head(_he(nn.Linear(last, 1, bias=False)), condition, last, classes, self.label_shape)
        self.layers = ConditionalSequential(*front, *layers, whole, nn.Flatten(), score)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Its blocks, in the order in which samples pass through them."""
        return [layer for layer in self.layers[:-3] if isinstance(layer, nn.Conv2d | Block)]

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, channels, height, width] → scores [B]."""
        scores: Tensor = self.layers(x, label)
        return scores.squeeze(1)


def _match(inputs: int, outputs: int) -> nn.Module:
    """A 1×1 convolution where the number of channels changes."""
    return nn.Identity() if inputs == outputs else _he(nn.Conv2d(inputs, outputs, 1, bias=False))


def _he(layer: nn.Conv2d | nn.Linear, gain: float = 1.0) -> nn.Module:
    """Weights N(0, gain² / fan-in), bias 0."""
    nn.init.normal_(layer.weight, 0.0, gain / sqrt(layer.weight[0].numel()))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
