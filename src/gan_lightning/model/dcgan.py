"""DCGAN generator and critic (discriminator), for images of base·2^n pixels per side (Radford et al. 2016)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Literal

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, Probability, validate_arguments
from gan_lightning.nn.activation import activation_layer, channels_before
from gan_lightning.nn.conditional_layer import ConditionalSequential
from gan_lightning.nn.conditioning import (
    CriticConditioning,
    GeneratorConditioning,
    LabelPlane,
    LatentConditioning,
    condition_labels,
    label_concat_layers,
    output_head,
)
from gan_lightning.nn.image_pyramid import check_widths, pyramid, widths_from_image
from gan_lightning.nn.init import DCGAN_INITS, DCGANInit
from gan_lightning.nn.labels import labels_in_turn
from gan_lightning.nn.latent_prior import LatentPriorName
from gan_lightning.nn.minibatch_features import Minibatch, minibatch_layer
from gan_lightning.nn.norm import Norm, conditional_norm, image_norm, needs_bias_before
from gan_lightning.nn.spectral import add_spectral_norm
from gan_lightning.nn.virtual_batch_norm import VirtualBatchNorm


class Generator(nn.Module):
    """Latents to images by transposed convolutions of stride 2, with ReLU inside and tanh at the end.

    Radford et al. 2016 (arXiv:1511.06434). The latent is first projected to a feature map of 4 to 7 px. Kernels are
    4×4, as in the authors' Torch code, and not 5×5 as in their first: a multiple of the stride covers every pixel
    equally often. Biases that a norm would cancel are left out.

    Args:
        shape: (channels, height, width); the shorter side base·2^n with base 4 to 7 and n > 0 (28, 32, 48, 64, 128 …),
            the longer one a multiple of 2^n.
        latent_dim: dimensions of a latent.
        latent_prior: distribution of a latent: "normal", "uniform" on (-1, 1), "truncated_normal" within ±2, or
            "discrete" for signs ±1.
        width: channels of the features nearest to the image; they double per halving of size …
        max_width: … up to here. The paper's 64 px network is 1024-512-256-128.
        widths: explicit channels instead, n of them, from the latent to the image.
        norm: normalization after each layer but the last; "virtual" is virtual batch norm (Salimans et al. 2016), in
            which samples are independent, at the cost of a reference batch in every forward pass.
        reference: size of the reference batch, whose latents are drawn once and saved with the weights.
        activation: "relu", "tanh" or "gated" (see `nn.activation.Gate`).
        dropout: probability after each layer but the last, in training.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        init: "dcgan" for N(0, 0.02²), "he" (of use without norms), "orthogonal" for orthonormal rows, or "torch" for
            torch's own.
        condition: class conditioning: "none", "concatenation" with the latent, or conditional "norm"s.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.

    Raises:
        UsageError: dropout beside virtual batch norm, whose reference batch would change at each step.
    """

    references: Tensor | None

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count = 100,
        latent_prior: LatentPriorName = "normal",
        width: Count = 128,
        max_width: Count = 1024,
        widths: Sequence[Count] | None = None,
        norm: Norm | Literal["virtual"] = "batch",
        reference: Count = 64,
        activation: Literal["relu", "tanh", "gated"] = "relu",
        dropout: Probability = 0.0,
        spectral_norm: bool = False,
        init: DCGANInit = "dcgan",
        condition: GeneratorConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        if dropout and norm == "virtual":
            raise UsageError(
                f"Generator: dropout={dropout} would change the reference batch of virtual batch norm at each step: "
                "use another model.generator.norm, or no dropout"
            )
        image = pyramid(shape, "dcgan")
        derived = widths_from_image(image.levels, width=width, max_width=max_width, model="dcgan")[::-1]
        widths = derived if widths is None else check_widths(widths, derived, "dcgan.Generator")
        norms = norm not in ("none", "virtual")
        self.entrance = LatentConditioning(
            condition, classes, latent_dim, norms=norms, label_shape=label_shape, prior=latent_prior
        )
        self.latent_dim, self.classes, self.label_shape = latent_dim, self.entrance.classes, self.entrance.label_shape
        self.register_buffer("references", torch.randn(reference, latent_dim) if norm == "virtual" else None)

        def normalized(channels: int) -> nn.Module:
            if norm == "virtual":
                return VirtualBatchNorm(channels, reference)
            return conditional_norm(norm, channels, self.entrance.condition_dim)

        def activated() -> nn.Module:
            layer = activation_layer(activation)
            return nn.Sequential(layer, nn.Dropout(dropout)) if dropout else layer

        wide = channels_before(activation, widths[0])
        first = normalized(wide)
        project = nn.Linear(self.entrance.inputs, wide * image.area, bias=needs_bias_before(first))
        shaped = nn.Unflatten(1, (wide, *image.base))
        layers: list[nn.Module] = [_named(project=project, shaped=shaped, norm=first, activation=activated())]
        for inputs, outputs in pairwise(widths):
            wide = channels_before(activation, outputs)
            after = normalized(wide)
            conv = nn.ConvTranspose2d(inputs, wide, 4, stride=2, padding=1, bias=needs_bias_before(after))
            layers.append(_named(conv=conv, norm=after, activation=activated()))
        conv = nn.ConvTranspose2d(widths[-1], image.channels, 4, stride=2, padding=1)
        self.layers = ConditionalSequential(*layers, _named(conv=conv, activation=nn.Tanh()))

        DCGAN_INITS[init](self)
        if spectral_norm:
            add_spectral_norm(self)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, latent_dim] → images [B, channels, height, width] in (-1, 1)."""
        reference = 0 if self.references is None else len(self.references)
        if self.references is not None:
            latent = torch.cat([self.references.to(latent.dtype), latent])
            if label is not None:
                label = torch.cat([labels_in_turn(self, reference, label.device).to(label.dtype), label])
        fake: Tensor = self.layers(*self.entrance(latent, label))
        return fake[reference:]


class Critic(nn.Module):
    """Images to scores by convolutions of stride 2, by default with LeakyReLU(0.2): the mirror of the generator.

    The first layer has no norm and the output no sigmoid.

    Args:
        shape: (channels, height, width), as for the generator.
        width: channels of the features nearest to the image; they double per halving of size …
        max_width: … up to here.
        widths: explicit channels instead, n of them, from the image to the score.
        norm: normalization after each convolution but the first; per-sample penalties rule out batch norm.
        minibatch: statistics of the batch before the last layer: "none", the "stddev" of Karras et al. 2018 or the
            "discrimination" of Salimans et al. 2016.
        activation: "leaky_relu", "tanh" or "gated" (see `nn.activation.Gate`).
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        kernel: 4, or 5 as in the paper: more expensive, and better on digits.
        down_to: pixels of the shorter side up to which features are not halved further. 7 ends at the generator's base;
            with kernel 5, 4 is the digits' critic of Gulrajani et al. 2017: 28, 14, 7, 4 px.
        init: "dcgan" for N(0, 0.02²), "he" (of use without norms), "orthogonal" for orthonormal rows, or "torch" for
            torch's own.
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
        max_width: Count = 1024,
        widths: Sequence[Count] | None = None,
        norm: Norm = "batch",
        kernel: Literal[4, 5] = 4,
        down_to: Count = 7,
        minibatch: Minibatch = "none",
        activation: Literal["leaky_relu", "tanh", "gated"] = "leaky_relu",
        spectral_norm: bool = False,
        init: DCGANInit = "dcgan",
        condition: CriticConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        channels, sides = pyramid(shape, "dcgan").channels, list(shape[1:])
        self.classes, self.label_shape = condition_labels(condition, classes, label_shape)
        front, extra = label_concat_layers(condition, classes, shape, self.label_shape)
        padding, halvings = (kernel - 1) // 2, 0
        while min(sides) > down_to:
            sides, halvings = [(side + kernel % 2) // 2 for side in sides], halvings + 1
        derived = widths_from_image(halvings, width=width, max_width=max_width, model="dcgan")
        widths = derived if widths is None else check_widths(widths, derived, "dcgan.Critic")

        conv = nn.Conv2d(channels + extra, channels_before(activation, widths[0]), kernel, stride=2, padding=padding)
        layers: list[nn.Module] = [_named(conv=conv, activation=activation_layer(activation))]
        for inputs, outputs in pairwise(widths):
            wide = channels_before(activation, outputs)
            after = image_norm(norm, wide)
            conv = nn.Conv2d(inputs, wide, kernel, stride=2, padding=padding, bias=needs_bias_before(after))
            layers.append(_named(conv=conv, norm=after, activation=activation_layer(activation)))
        others, features = minibatch_layer(minibatch, widths[-1] * prod(sides))
        score = output_head(nn.Linear(features, 1), condition, features, classes, self.label_shape)
        self.layers = ConditionalSequential(*front, *layers, _named(flatten=nn.Flatten(), others=others, score=score))

        DCGAN_INITS[init](self)
        if spectral_norm:
            add_spectral_norm(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Its blocks, in the order in which samples pass through them."""
        return [layer for layer in self.layers[:-1] if not isinstance(layer, LabelPlane)]

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, channels, height, width] → scores [B]."""
        scores: Tensor = self.layers(x, label)
        return scores.squeeze(1)


def _named(**modules: nn.Module) -> ConditionalSequential:
    return ConditionalSequential(OrderedDict(modules))
