"""Progressive generator and critic (discriminator) (Karras et al. 2018, arXiv:1710.10196, table 2).

Level l works on images of 4·2^l px. All levels exist from the start; `level` and `alpha` are arguments of each forward
pass, so that a network has no state between calls. Parameters that a pass does not use get no gradient (None), and an
optimizer has no state for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, validate_arguments
from gan_lightning.nn.conditioning import (
    ConditionalSequential,
    CriticConditioning,
    GeneratorConditioning,
    LatentConditioning,
    apply_conditional,
    num_condition_classes,
    output_head,
)
from gan_lightning.nn.equalized import HE, EqualizedConv2d, EqualizedLinear, fold_scales
from gan_lightning.nn.image_pyramid import pyramid
from gan_lightning.nn.minibatch_stddev import MinibatchStddev
from gan_lightning.nn.pixel_norm import PixelNorm
from gan_lightning.nn.resolution_level import level_of, resolution_of


def fade(real: Tensor, level: int, alpha: float = 1.0) -> Tensor:
    """Real images at a level: averaged over squares, and blended as the generator's images are.

    The authors round the lower resolutions to 8 bits on disk; here they are exact.

    Args:
        real: [B, channels, R, R], R a power of two from 4·2^level on.
        level: level of the returned images.
        alpha: weight of the level's detail; 0: the detail of half the resolution, in pixels twice as large.

    Returns:
        [B, channels, 4·2^level, 4·2^level]; `real` itself if nothing changes.

    Raises:
        UsageError: the images are smaller than the level's.
    """
    factor = real.shape[-1] // resolution_of(level)
    if factor == 0:
        raise UsageError(f"level {level} is of {resolution_of(level)} px, the images are of {real.shape[-1]} px")
    image = real if factor == 1 else avg_pool2d(real, factor)
    return image if alpha == 1 or level == 0 else torch.lerp(_up(_half(image)), image, alpha)


class Generator(nn.Module):
    """Latents to images, level by level: upsampling, then two times convolution, LeakyReLU(0.2) and pixel norm.

    Latents are scaled to length √latent_dim. The image layer is linear, without tanh.

    Args:
        shape: (channels, size, size), size a power of two from 8 on.
        latent_dim: dimensions of a latent.
        base_width: features at R px are 2·base_width / R …
        max_width: … but never more than this. With the defaults: 512 up to 32 px, 256 at 64, 16 at 1024.
        equalized: He's constants at run time; False: in the initial weights.
        pixel_norm: normalize features; latents are always scaled.
        condition: class conditioning: "none", "concatenation" with the latent, or conditional "norm"s.
        classes: number of classes of the data; 0 for unlabelled data.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count = 512,
        base_width: Count = 8192,
        max_width: Count = 512,
        equalized: bool = True,
        pixel_norm: bool = True,
        condition: GeneratorConditioning = "none",
        classes: Index = 0,
    ) -> None:
        super().__init__()
        channels, widths = _levels(shape, base_width, max_width)
        self.entrance = LatentConditioning(condition, classes, latent_dim, norms=False)
        self.latent_dim, self.classes, self.last_level = latent_dim, self.entrance.classes, len(widths) - 1

        def features(inputs: int, outputs: int) -> list[nn.Module]:
            conv = EqualizedConv2d(inputs, outputs, 3, padding=1)
            return [conv, _activation(), *_optional(PixelNorm(), pixel_norm)]

        first = [_Project(self.entrance.inputs, widths[0]), _activation(), *_optional(PixelNorm(), pixel_norm)]
        self.blocks = nn.ModuleList([nn.Sequential(PixelNorm(), *first, *features(widths[0], widths[0]))])
        for inputs, outputs in pairwise(widths):
            up = nn.Upsample(scale_factor=2)
            self.blocks.append(nn.Sequential(up, *features(inputs, outputs), *features(outputs, outputs)))
        self.to_rgb = nn.ModuleList(EqualizedConv2d(width, channels, 1, gain=1) for width in widths)
        if not equalized:
            fold_scales(self)

    def forward(
        self, latent: Tensor, level: int | None = None, alpha: float = 1.0, label: Tensor | None = None
    ) -> Tensor:
        """[B, latent_dim] → images [B, channels, 4·2^level, 4·2^level].

        Args:
            latent: standard normal.
            level: level of the images; None: the highest.
            alpha: weight of this level's image, from 0 to 1; blended with the upsampled image of the level below.
            label: classes [B].

        Raises:
            UsageError: there is no such level.
        """
        level = _level(level, self.last_level)
        below, _ = self.entrance(latent, label)
        for block in range(level):
            below = self.blocks[block](below)
        image: Tensor = self.to_rgb[level](self.blocks[level](below))
        if alpha == 1 or level == 0:
            return image
        return torch.lerp(_up(self.to_rgb[level - 1](below)), image, alpha)


class Critic(nn.Module):
    """Images to scores, level by level: two times convolution and LeakyReLU(0.2), then means over 2×2; the mirror of G.

    The layer on images has a LeakyReLU, as in the paper's table. There is no normalization.

    Args:
        shape: (channels, size, size), as for the generator.
        base_width: features at R px are 2·base_width / R …
        max_width: … but never more than this.
        equalized: He's constants at run time; False: in the initial weights.
        group: samples in a group of the minibatch standard deviation; None: no such layer.
        condition: class conditioning: "none", or "projection" at the output.
        classes: number of classes of the data; 0 for unlabelled data.

    Raises:
        UsageError: condition="concatenation", since the image size varies.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        base_width: Count = 8192,
        max_width: Count = 512,
        equalized: bool = True,
        group: Count | None = 4,
        condition: CriticConditioning = "none",
        classes: Index = 0,
    ) -> None:
        super().__init__()
        if condition == "concatenation":
            raise UsageError(
                "progressive.Critic takes images of all sizes and can't concatenate classes: use condition=projection "
                "condition.generator=concatenation, or condition=auxiliary"
            )
        self.classes = num_condition_classes(condition, classes)
        channels, widths = _levels(shape, base_width, max_width)
        self.last_level = len(widths) - 1

        def features(inputs: int, outputs: int) -> list[nn.Module]:
            return [EqualizedConv2d(inputs, outputs, 3, padding=1), _activation()]

        width = widths[0]
        stddev = [] if group is None else [MinibatchStddev(group)]
        score = output_head(EqualizedLinear(width, 1, gain=1), condition, width, classes, equalized=equalized)
        last = [nn.Flatten(), EqualizedLinear(width * 4 * 4, width), _activation(), score]
        self.blocks = nn.ModuleList([ConditionalSequential(*stddev, *features(width + len(stddev), width), *last)])
        for outputs, inputs in pairwise(widths):
            half = nn.AvgPool2d(2)
            self.blocks.append(nn.Sequential(*features(inputs, inputs), *features(inputs, outputs), half))
        self.from_rgb = nn.ModuleList(
            nn.Sequential(EqualizedConv2d(channels, width, 1), _activation()) for width in widths
        )
        if not equalized:
            fold_scales(self)

    def forward(self, x: Tensor, level: int | None = None, alpha: float = 1.0, label: Tensor | None = None) -> Tensor:
        """[B, channels, 4·2^level, 4·2^level] → scores [B].

        Args:
            x: images of the level's resolution.
            level: level of the images; None: the highest.
            alpha: weight of this level's features, from 0 to 1; blended with those of the image at half its size.
            label: classes [B].

        Raises:
            UsageError: there is no such level, or the images are of another size.
        """
        level = _level(level, self.last_level)
        if x.shape[-1] != resolution_of(level):
            raise UsageError(
                f"progressive.Critic takes {resolution_of(level)} px at level {level}, not {x.shape[-1]} px: "
                "use fade(real, level, alpha) for real images and the generator's same level for fakes"
            )
        features = apply_conditional(self.blocks[level], self.from_rgb[level](x), label)
        if alpha != 1 and level > 0:
            features = torch.lerp(self.from_rgb[level - 1](_half(x)), features, alpha)
        for block in reversed(range(level)):
            features = apply_conditional(self.blocks[block], features, label)
        scores: Tensor = features
        return scores.squeeze(1)


class _Project(nn.Module):
    """The table's 4×4 convolution over a latent of one pixel, as a matrix product.

    He's constant counts the 16 taps, and all 16 positions share a channel's bias, as they would in the convolution.
    """

    def __init__(self, latent_dim: int, width: int) -> None:
        super().__init__()
        self.linear = EqualizedLinear(latent_dim, width * 4 * 4, bias=False, gain=HE / sqrt(4 * 4))
        self.bias = nn.Parameter(torch.zeros(width, 1, 1))

    def forward(self, latent: Tensor) -> Tensor:
        y: Tensor = self.linear(latent).unflatten(1, (-1, 4, 4)) + self.bias
        return y


def _levels(shape: Sequence[int], base_width: int, max_width: int) -> tuple[int, list[int]]:
    """Channels of the image, and features of each level from 4 px on."""
    if len(shape) == 3 and (shape[1] != shape[2] or shape[1] < 8 or shape[1].bit_count() != 1):
        lower = max(8, 1 << (min(shape[1:]).bit_length() - 1))
        raise UsageError(
            f"progressive draws square images of a power of two from 8 px on, the data are {shape[1]} × {shape[2]} px: "
            f"use data.size={lower} or {2 * lower} (data=array has no such key: resize the array)"
        )
    channels, size = pyramid(shape, "progressive").channels, shape[-1]
    if 2 * base_width < size:
        raise UsageError(
            f"progressive: base_width={base_width} leaves no features at {size} px: use {size // 2} or more"
        )
    levels = range(level_of(size, "data.size") + 1)
    return channels, [min(2 * base_width // resolution_of(level), max_width) for level in levels]


def _level(level: int | None, last: int) -> int:
    if level is None:
        return last
    if not 0 <= level <= last:
        raise UsageError(f"level={level}: this network has the levels 0 to {last}, of 4 to {resolution_of(last)} px")
    return level


def _activation() -> nn.Module:
    return nn.LeakyReLU(0.2, inplace=True)  # in place: no backward needs its input


def _optional(layer: nn.Module, wanted: bool) -> list[nn.Module]:
    return [layer] if wanted else []


def _up(image: Tensor) -> Tensor:
    return interpolate(image, scale_factor=2)


def _half(image: Tensor) -> Tensor:
    return avg_pool2d(image, 2)
