"""Convolutional generator and critic of samples of one or three axes, for `model.series` and `model.volume`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar, Literal

from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, validate_arguments
from gan_lightning.data.io.declared_shape import kind_of
from gan_lightning.nn.conditional_layer import ConditionalSequential
from gan_lightning.nn.conditioning import (
    CriticConditioning,
    LabelPlane,
    LatentConditioning,
    condition_labels,
    label_concat_layers,
    output_head,
)
from gan_lightning.nn.image_pyramid import ResolutionPyramid, resolution_levels, supported_sizes, widths_from_image
from gan_lightning.nn.init import dcgan_normal
from gan_lightning.nn.latent_prior import LatentPriorName
from gan_lightning.nn.norm import Norm, image_norm, needs_bias_before
from gan_lightning.nn.spectral import add_spectral_norm

CONVOLUTIONS: dict[int, type[nn.Module]] = {1: nn.Conv1d, 3: nn.Conv3d}
TRANSPOSED: dict[int, type[nn.Module]] = {1: nn.ConvTranspose1d, 3: nn.ConvTranspose3d}
BATCH_NORMS: dict[int, type[nn.Module]] = {1: nn.BatchNorm1d, 3: nn.BatchNorm3d}
INSTANCE_NORMS: dict[int, type[nn.Module]] = {1: nn.InstanceNorm1d, 3: nn.InstanceNorm3d}
HALVE: dict[str, Any] = {"kernel_size": 4, "stride": 2, "padding": 1}


class ConvolutionalGenerator(nn.Module):
    """Latents to samples by transposed convolutions of stride 2, with ReLU inside and tanh at the end.

    Attributes:
        axes: number of axes of a sample beside its channels.
        model: name for error messages.

    Args:
        shape: (channels, *size), see `resolution_levels`.
        latent_dim: dimensions of a latent.
        latent_prior: distribution of a latent: "normal", "uniform" on (-1, 1), "truncated_normal" within ±2, or
            "discrete" for signs ±1.
        width: channels of the features nearest to the sample; they double per halving of size …
        max_width: … up to here.
        norm: normalization after each layer but the last.
        condition: class conditioning: "none", or "concatenation" with the latent.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    axes: ClassVar[int]
    model: ClassVar[str]

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        latent_dim: Count = 64,
        latent_prior: LatentPriorName = "normal",
        width: Count = 32,
        max_width: Count = 256,
        norm: Norm = "batch",
        condition: Literal["none", "concatenation"] = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        space = pyramid_of(shape, self.axes, self.model)
        widths = widths_from_image(space.levels, width=width, max_width=max_width, model=self.model)[::-1]
        self.entrance = LatentConditioning(
            condition, classes, latent_dim, norms=False, label_shape=label_shape, prior=latent_prior
        )
        self.latent_dim, self.classes, self.label_shape = latent_dim, self.entrance.classes, self.entrance.label_shape
        first = _norm(norm, self.axes, widths[0])
        project = nn.Linear(self.entrance.inputs, widths[0] * space.area, bias=needs_bias_before(first))
        layers: list[nn.Module] = [project, nn.Unflatten(1, (widths[0], *space.base)), first, nn.ReLU()]
        for inputs, outputs in pairwise(widths):
            after = _norm(norm, self.axes, outputs)
            conv = TRANSPOSED[self.axes](inputs, outputs, bias=needs_bias_before(after), **HALVE)
            layers += [conv, after, nn.ReLU()]
        self.layers = nn.Sequential(*layers, TRANSPOSED[self.axes](widths[-1], space.channels, **HALVE), nn.Tanh())
        dcgan_normal(self)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, latent_dim] → samples [B, channels, *size] in (-1, 1)."""
        fake: Tensor = self.layers(self.entrance(latent, label)[0])
        return fake


class ConvolutionalCritic(nn.Module):
    """Samples to scores by convolutions of stride 2 with LeakyReLU(0.2): the mirror of the generator.

    Attributes:
        axes: number of axes of a sample beside its channels.
        model: name for error messages.

    Args:
        shape: (channels, *size), as for the generator.
        width: channels of the features nearest to the sample; they double per halving of size …
        max_width: … up to here.
        norm: normalization after each convolution but the first; per-sample penalties rule out batch norm.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).
        condition: class conditioning: "none", "concatenation" with the sample, or "projection" at the output.
        classes: number of classes of the data; 0 for unlabelled data.
        label_shape: [k] of data whose labels are k numbers; null: they are classes, or there are none.
    """

    axes: ClassVar[int]
    model: ClassVar[str]

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        width: Count = 32,
        max_width: Count = 256,
        norm: Norm = "batch",
        spectral_norm: bool = False,
        condition: CriticConditioning = "none",
        classes: Index = 0,
        label_shape: Sequence[Count] | None = None,
    ) -> None:
        super().__init__()
        space = pyramid_of(shape, self.axes, self.model)
        widths = widths_from_image(space.levels, width=width, max_width=max_width, model=self.model)
        self.classes, self.label_shape = condition_labels(condition, classes, label_shape)
        front, extra = label_concat_layers(condition, classes, shape, self.label_shape)
        blocks = [nn.Sequential(CONVOLUTIONS[self.axes](space.channels + extra, widths[0], **HALVE), nn.LeakyReLU(0.2))]
        for inputs, outputs in pairwise(widths):
            after = _norm(norm, self.axes, outputs)
            conv = CONVOLUTIONS[self.axes](inputs, outputs, bias=needs_bias_before(after), **HALVE)
            blocks.append(nn.Sequential(conv, after, nn.LeakyReLU(0.2)))
        features = widths[-1] * space.area
        score = output_head(nn.Linear(features, 1), condition, features, classes, self.label_shape)
        self.layers = ConditionalSequential(*front, *blocks, nn.Flatten(), score)
        dcgan_normal(self)
        if spectral_norm:
            add_spectral_norm(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """Its blocks, in the order in which samples pass through them."""
        return [layer for layer in self.layers[:-2] if not isinstance(layer, LabelPlane)]

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, channels, *size] → scores [B]."""
        scores: Tensor = self.layers(x, label)
        return scores.squeeze(1)


def pyramid_of(shape: Sequence[int], axes: int, model: str) -> ResolutionPyramid:
    """The base and the number of doublings of samples of this shape.

    Raises:
        UsageError: they have another number of axes, or a size that convolutions of stride 2 can't make.
    """
    channels, *size = shape
    if len(size) != axes:
        layout = {1: "NCT or NT", 3: "NCDHW or NDHW"}[axes]
        raise UsageError(
            f"model={model} is for {kind_of((1,) * (axes + 1))}, and these data are {kind_of(tuple(shape))} of shape "
            f"{list(shape)}: if an array of data=array holds "
            f"{kind_of((1,) * (axes + 1))}, set data.layout={layout}"
        )
    found = resolution_levels(*size)
    if found is None or found[1] == 0:
        nearest = " or ".join(map(str, supported_sizes(min(size))))
        others = "" if axes == 1 else ", the other sides multiples of the same 2^n"
        raise UsageError(
            f"{model}: {' × '.join(map(str, size))} do not fit: the shortest side must be base·2^n with base 4…7"
            f"{others}; cut or resize it to {nearest}"
        )
    return ResolutionPyramid(channels, *found)


def _norm(name: Norm, axes: int, channels: int) -> nn.Module:
    """`image_norm` in other dimensions."""
    if name == "batch":
        return BATCH_NORMS[axes](channels)
    return INSTANCE_NORMS[axes](channels, affine=True) if name == "instance" else image_norm(name, channels)
