"""Class conditioning of generators and critics."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.class_logits import LogSumExpHead
from gan_lightning.nn.equalized import EqualizedLinear

GeneratorConditioning = Literal["none", "concatenation", "norm"]  # of generators
CriticConditioning = Literal["none", "concatenation", "projection", "classifier"]  # of critics

EMBEDDING = 128  # dimensions of the class embedding that all conditional norms share


class ConditionalLayer(nn.Module):
    """Base class of conditional layers: forward(x, condition). `condition` is None in unconditional networks."""


class ConditionalSequential(nn.Sequential, ConditionalLayer):
    """Sequential that passes the condition to its conditional layers."""

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """Applies the layers in order."""
        for layer in self:
            x = apply_conditional(layer, x, condition)
        return x


def apply_conditional(layer: nn.Module, x: Tensor, condition: Tensor | None) -> Tensor:
    """layer(x, condition) for a conditional layer, layer(x) for any other."""
    y: Tensor = layer(x, condition) if isinstance(layer, ConditionalLayer) else layer(x)
    return y


class ConditionalNorm(ConditionalLayer):
    """(1 + G c) · norm(x) + B c: gain and offset are linear in c (Dumoulin et al. 2017, arXiv:1610.07629).

    With c a class embedding shared by all layers, as in Brock et al. 2019 (arXiv:1809.11096), section 3.

    Args:
        norm: a norm without affine parameters.
        channels: channels of x.
        condition_dim: dimensions of c.
    """

    def __init__(self, norm: nn.Module, channels: int, condition_dim: int) -> None:
        super().__init__()
        self.norm = norm
        self.gain, self.offset = (
            nn.Linear(condition_dim, channels, bias=False),
            nn.Linear(condition_dim, channels, bias=False),
        )

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, C, ...] and conditions [B, condition_dim] → [B, C, ...]."""
        assert condition is not None
        gain, offset = (layer(condition).view(*x.shape[:2], *[1] * (x.dim() - 2)) for layer in (self.gain, self.offset))
        y: Tensor = self.norm(x) * (1 + gain) + offset
        return y


class LatentConditioning(nn.Module):
    """Class conditioning of a generator.

    "concatenation" appends the one-hot class to the latent (Mirza & Osindero 2014, arXiv:1411.1784); "norm" computes a
    class embedding for conditional norms.

    Args:
        condition: "none", "concatenation" or "norm".
        classes: number of classes of the data; 0 for unlabelled data.
        latent_dim: dimensions of a latent.
        norms: True if the generator has norms.

    Attributes:
        classes: number of classes that the generator is conditioned on; 0 if it is unconditional.
        inputs: input features of the generator's first layer.
        condition_dim: dimensions of the class embedding for conditional norms; 0 without conditional norms.

    Raises:
        UsageError: the data have no classes, or the generator has no norms.
    """

    def __init__(self, condition: GeneratorConditioning, classes: int, latent_dim: int, *, norms: bool) -> None:
        super().__init__()
        self.classes = num_condition_classes(condition, classes)
        if condition == "norm" and not norms:
            raise UsageError(
                "condition.generator=norm, but this generator has no norm: use "
                "condition.generator=concatenation, or a model with a norm, such as model.generator.norm=batch"
            )
        self.inputs = latent_dim + (self.classes if condition == "concatenation" else 0)
        self.condition_dim = EMBEDDING if condition == "norm" else 0
        self.concat = OneHotConcat(self.classes)
        if self.condition_dim:
            self.embedding = nn.Embedding(self.classes, self.condition_dim)
            nn.init.normal_(self.embedding.weight, 0.0, self.condition_dim**-0.5)

    def forward(self, latent: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Latents [B, latent_dim], classes [B] → input [B, inputs], norms' condition [B, condition_dim] or None."""
        if label is None or not self.classes:
            return latent, None
        if self.condition_dim:
            return latent, self.embedding(label)
        joined: Tensor = self.concat(latent, label)
        return joined, None


class OneHotConcat(ConditionalLayer):
    """Appends the one-hot class to a vector (Mirza & Osindero 2014)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, features] and classes [B] → [B, features + classes]."""
        assert condition is not None
        return torch.cat([x, one_hot(condition, self.classes).to(x.dtype)], dim=1)


class LabelPlane(ConditionalLayer):
    """Appends a learned plane of the class to an image (or a series, or a volume) as another channel.

    After Mirza & Osindero 2014 (arXiv:1411.1784).

    Args:
        classes: number of classes.
        size: (height, width) of images, (length,) of series, (depth, height, width) of volumes.
    """

    def __init__(self, classes: int, size: Sequence[int]) -> None:
        super().__init__()
        self.size = tuple(size)
        self.pictures = nn.Embedding(classes, prod(size))

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, C, *size] and classes [B] → [B, C + 1, *size]."""
        assert condition is not None
        return torch.cat([x, self.pictures(condition).to(x).view(-1, 1, *self.size)], dim=1)


class Projection(ConditionalLayer):
    """score(h) + ⟨embedding of the class, h⟩ (Miyato & Koyama 2018, arXiv:1802.05637, equation 3).

    Args:
        score: features [B, features] → [B, 1].
        features: features of h.
        classes: number of classes.
        equalized: scale the embedding at run time, as equalized layers do.
    """

    def __init__(self, score: nn.Module, features: int, classes: int, *, equalized: bool = False) -> None:
        super().__init__()
        std = features**-0.5
        self.score, self.scale = score, std if equalized else 1.0
        self.embedding = nn.Embedding(classes, features)
        nn.init.normal_(self.embedding.weight, 0.0, std / self.scale)

    def forward(self, h: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, features] and classes [B] → scores [B, 1]."""
        assert condition is not None
        scores: Tensor = self.score(h) + (self.scale * self.embedding(condition) * h).sum(1, keepdim=True)
        return scores


def num_condition_classes(condition: str, classes: int) -> int:
    """Number of classes a network takes as input: 0 with condition "none" and for a "classifier", which predicts them.

    Raises:
        UsageError: the network is conditional and the data have no classes.
    """
    if condition == "none":
        return 0
    if not classes:
        raise UsageError(
            "conditional networks need classes, and these data have none: use labelled data (data=mnist5k, or "
            "data=image_folder data.classes=N of a folder with a folder for each class), or condition=none"
        )
    return 0 if condition == "classifier" else classes


def label_concat_layers(
    condition: CriticConditioning, classes: int, shape: Sequence[int]
) -> tuple[list[nn.Module], int]:
    """Layers that append the class to a critic's samples [B, *shape], and the channels or features that they add."""
    if condition != "concatenation":
        return [], 0
    return ([OneHotConcat(classes)], classes) if len(shape) == 1 else ([LabelPlane(classes, shape[1:])], 1)


def output_head(
    score: nn.Module, condition: CriticConditioning, features: int, classes: int, *, equalized: bool = False
) -> nn.Module:
    """A critic's last layer, [B, features] → [B, 1]: `score`, or a projection or classifier head around it."""
    if condition == "classifier":
        return LogSumExpHead(EqualizedLinear(features, classes, gain=1) if equalized else nn.Linear(features, classes))
    return Projection(score, features, classes, equalized=equalized) if condition == "projection" else score
