"""VGG-like critic (discriminator): stacks of 3×3 convolutions with pooling between them, beside DCGAN's generator."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Literal

from torch import Tensor, nn

from gan_lightning.core.validation import Count, Index, SmallCount, validate_arguments
from gan_lightning.model.dcgan import Generator as Generator
from gan_lightning.nn.conditional_layer import ConditionalSequential
from gan_lightning.nn.conditioning import (
    CriticConditioning,
    LabelPlane,
    condition_labels,
    label_concat_layers,
    output_head,
)
from gan_lightning.nn.image_pyramid import check_widths, pyramid, widths_from_image
from gan_lightning.nn.init import DCGAN_INITS, DCGANInit
from gan_lightning.nn.norm import Norm, image_norm, needs_bias_before
from gan_lightning.nn.spectral import add_spectral_norm

POOLS: dict[str, type[nn.Module]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


class Critic(nn.Module):
    """Images to scores: on each resolution a stack of 3×3 convolutions, then 2×2 pooling (Simonyan & Zisserman 2015).

    As in arXiv:1409.1556, but with LeakyReLU(0.2) and one linear layer at the end. Without a norm, as by default, each
    score is a function of its own sample: gradient penalties may be used.

    Args:
        shape: (channels, height, width), see `dcgan.Generator`.
        width: channels of the features nearest to the image; they double per halving of size …
        max_width: … up to here.
        widths: explicit channels instead, one for each resolution, from the image on.
        convolutions: of a stack.
        pool: "max", or "average", whose gradient is spread evenly.
        norm: normalization after each convolution but the first; per-sample penalties rule out batch norm.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        init: "he", "dcgan" for N(0, 0.02²), "orthogonal" for orthonormal rows, or "torch" for torch's own.
        condition: class conditioning: "none", "concatenation" with the image, or "projection" at the output.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        width: Count = 64,
        max_width: Count = 512,
        widths: Sequence[Count] | None = None,
        convolutions: SmallCount = 2,
        pool: Literal["max", "average"] = "max",
        norm: Norm = "none",
        spectral_norm: bool = False,
        init: DCGANInit = "he",
        condition: CriticConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        image = pyramid(shape, "vgg")
        self.classes, self.label_shape = condition_labels(condition, classes, label_shape)
        front, extra = label_concat_layers(condition, classes, shape, self.label_shape)
        derived = widths_from_image(image.levels + 1, width=width, max_width=max_width, model="vgg")
        widths = derived if widths is None else check_widths(widths, derived, "vgg.Critic")
        blocks: list[nn.Module] = []
        for inputs, outputs in pairwise([image.channels + extra, *widths]):
            layers: list[nn.Module] = [POOLS[pool](2)] if blocks else []
            for n, before in enumerate([inputs] + [outputs] * (convolutions - 1)):
                after = image_norm(norm if blocks or n else "none", outputs)
                layers += [nn.Conv2d(before, outputs, 3, padding=1, bias=needs_bias_before(after)), after]
                layers.append(nn.LeakyReLU(0.2))
            blocks.append(nn.Sequential(*layers))
        features = widths[-1] * prod(image.base)
        score = output_head(nn.Linear(features, 1), condition, features, classes, self.label_shape)
        self.layers = ConditionalSequential(*front, *blocks, nn.Flatten(), score)
        DCGAN_INITS[init](self)
        if spectral_norm:
            add_spectral_norm(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Its blocks, in the order in which samples pass through them."""
        return [layer for layer in self.layers[:-2] if not isinstance(layer, LabelPlane)]

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, channels, height, width] → scores [B]."""
        scores: Tensor = self.layers(x, label)
        return scores.squeeze(1)
