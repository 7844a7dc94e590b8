"""Progressive generator and critic (discriminator) (Karras et al. 2018, arXiv:1710.10196, table 2).

Level l works on images of base·2^l px per side, with the features that the paper has at 4·2^l px. All levels exist from
the start; `level` and `alpha` are arguments of each forward pass, so that a network has no state between calls.
Parameters that a pass does not use get no gradient (None), and an optimizer has no state for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

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
    output_head,
)
from gan_lightning.nn.equalized import EqualizedConv2d, EqualizedLinear, EqualizedProjection, fold_scales
from gan_lightning.nn.fade import double, halve
from gan_lightning.nn.image_pyramid import ResolutionPyramid, pixels, pyramid
from gan_lightning.nn.latent_prior import LatentPriorName
from gan_lightning.nn.minibatch_stddev import MinibatchStddev
from gan_lightning.nn.pixel_norm import PixelNorm


class Generator(nn.Module):
    """Latents to images, level by level: upsampling, then two times convolution, LeakyReLU(0.2) and pixel norm.

    Latents are scaled to length √latent_dim. The image layer is linear, without tanh.

    Args:
        shape: (channels, height, width); the shorter side base·2^n with base 4 to 7 and n > 0 (the paper's: 4), the
            longer one a multiple of 2^n.
        latent_dim: dimensions of a latent.
        latent_prior: distribution of a latent: "normal", "uniform" on (-1, 1), "truncated_normal" within ±2, or
            "discrete" for signs ±1.
        base_width: features at level l are 2·base_width / R, R = 4·2^l px in the paper …
        max_width: … but never more than this. With the defaults: 512 up to 32 px, 256 at 64, 16 at 1024.
        equalized: He's constants at run time; False: in the initial weights.
        pixel_norm: normalize features; latents are always scaled.
        condition: class conditioning: "none", "concatenation" with the latent, or conditional "norm"s.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count = 512,
        latent_prior: LatentPriorName = "normal",
        base_width: Count = 8192,
        max_width: Count = 512,
        equalized: bool = True,
        pixel_norm: bool = True,
        condition: GeneratorConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        self.pyramid, widths = _pyramid(shape, base_width, max_width)
        self.entrance = LatentConditioning(
            condition, classes, latent_dim, norms=False, label_shape=label_shape, prior=latent_prior
        )
        self.latent_dim, self.classes, self.last_level = latent_dim, self.entrance.classes, self.pyramid.levels
        self.label_shape = self.entrance.label_shape

        def features(inputs: int, outputs: int) -> list[nn.Module]:
            conv = EqualizedConv2d(inputs, outputs, 3, padding=1)
            return [conv, _activation(), *_optional(PixelNorm(), pixel_norm)]

        project = EqualizedProjection(self.entrance.inputs, (widths[0], *self.pyramid.base))
        first = [project, _activation(), *_optional(PixelNorm(), pixel_norm)]
        self.blocks = nn.ModuleList([nn.Sequential(PixelNorm(), *first, *features(widths[0], widths[0]))])
        for inputs, outputs in pairwise(widths):
            up = nn.Upsample(scale_factor=2)
            self.blocks.append(nn.Sequential(up, *features(inputs, outputs), *features(outputs, outputs)))
        self.to_rgb = nn.ModuleList(EqualizedConv2d(width, self.pyramid.channels, 1, gain=1) for width in widths)
        if not equalized:
            fold_scales(self)

    def forward(
        self, latent: Tensor, level: int | None = None, alpha: float = 1.0, label: Tensor | None = None
    ) -> Tensor:
        """[B, latent_dim] → images [B, channels, *pyramid.size(level)].

        Args:
            latent: standard normal.
            level: level of the images; None: the highest.
            alpha: weight of this level's image, from 0 to 1; blended with the upsampled image of the level below.
            label: classes [B], or numbers [B, k].

        Raises:
            UsageError: there is no such level.
        """
        level = _level(level, self.pyramid)
        below, _ = self.entrance(latent, label)
        for block in range(level):
            below = self.blocks[block](below)
        image: Tensor = self.to_rgb[level](self.blocks[level](below))
        if alpha == 1 or level == 0:
            return image
        return torch.lerp(double(self.to_rgb[level - 1](below)), image, alpha)


class Critic(nn.Module):
    """Images to scores, level by level: two times convolution and LeakyReLU(0.2), then means over 2×2; the mirror of G.

    The layer on images has a LeakyReLU, as in the paper's table. There is no normalization.

    Args:
        shape: (channels, height, width), as for the generator.
        base_width: features at level l are 2·base_width / R, R = 4·2^l px in the paper …
        max_width: … but never more than this.
        equalized: He's constants at run time; False: in the initial weights.
        group: samples in a group of the minibatch standard deviation; None: no such layer.
        condition: class conditioning: "none", or "projection" at the output.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.

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
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        if condition == "concatenation":
            raise UsageError(
                "progressive.Critic takes images of all sizes and can't concatenate classes: use condition=projection "
                "condition.generator=concatenation, or condition=auxiliary"
            )
        self.classes, self.label_shape = condition_labels(condition, classes, label_shape)
        self.pyramid, widths = _pyramid(shape, base_width, max_width)
        self.last_level = self.pyramid.levels

        def features(inputs: int, outputs: int) -> list[nn.Module]:
            return [EqualizedConv2d(inputs, outputs, 3, padding=1), _activation()]

        width = widths[0]
        stddev = [] if group is None else [MinibatchStddev(group)]
        linear = EqualizedLinear(width, 1, gain=1)
        score = output_head(linear, condition, width, classes, self.label_shape, equalized=equalized)
        last = [nn.Flatten(), EqualizedLinear(width * self.pyramid.area, width), _activation(), score]
        self.blocks = nn.ModuleList([ConditionalSequential(*stddev, *features(width + len(stddev), width), *last)])
        for outputs, inputs in pairwise(widths):
            half = nn.AvgPool2d(2)
            self.blocks.append(nn.Sequential(*features(inputs, inputs), *features(inputs, outputs), half))
        self.from_rgb = nn.ModuleList(
            nn.Sequential(EqualizedConv2d(self.pyramid.channels, width, 1), _activation()) for width in widths
        )
        if not equalized:
            fold_scales(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Its blocks, in the order in which samples pass through them."""
        return [nn.ModuleList([self.from_rgb[k], self.blocks[k]]) for k in range(self.last_level, 0, -1)]

    def forward(self, x: Tensor, level: int | None = None, alpha: float = 1.0, label: Tensor | None = None) -> Tensor:
        """[B, channels, *pyramid.size(level)] → scores [B].

        Args:
            x: images of the level's resolution.
            level: level of the images; None: the highest.
            alpha: weight of this level's features, from 0 to 1; blended with those of the image at half its size.
            label: classes [B], or numbers [B, k].

        Raises:
            UsageError: there is no such level, or the images are of another size.
        """
        level = _level(level, self.pyramid)
        if x.shape[2:] != self.pyramid.size(level):
            raise UsageError(
                f"progressive.Critic takes {pixels(self.pyramid.size(level))} at level {level}, not "
                f"{pixels(x.shape[2:])}: use fade(real, level, alpha) for real images and the generator's same level "
                "for fakes"
            )
        features = apply_conditional(self.blocks[level], self.from_rgb[level](x), label)
        if alpha != 1 and level > 0:
            features = torch.lerp(self.from_rgb[level - 1](halve(x)), features, alpha)
        for block in reversed(range(level)):
            features = apply_conditional(self.blocks[block], features, label)
        scores: Tensor = features
        return scores.squeeze(1)


def _pyramid(shape: Sequence[int], base_width: int, max_width: int) -> tuple[ResolutionPyramid, list[int]]:
    """The images' pyramid, and the features of each level, from the base on."""
    image = pyramid(shape, "progressive")
    widths = [min(2 * base_width // (4 << level), max_width) for level in range(image.levels + 1)]
    if not widths[-1]:
        raise UsageError(
            f"progressive: base_width={base_width} leaves no features at {pixels(shape[1:])}: use "
            f"{2 << image.levels} or more"
        )
    return image, widths


def _level(level: int | None, image: ResolutionPyramid) -> int:
    if level is None:
        return image.levels
    if not 0 <= level <= image.levels:
        first, last = (pixels(image.size(end)) for end in (0, image.levels))
        raise UsageError(
            f"level={level}: this network has the levels 0 to {image.levels}, of {first.removesuffix(' px')} to {last}"
        )
    return level


def _activation() -> nn.Module:
    return nn.LeakyReLU(0.2, inplace=True)  # in place: no backward needs its input


def _optional(layer: nn.Module, wanted: bool) -> list[nn.Module]:
    return [layer] if wanted else []
