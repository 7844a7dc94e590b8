"""Conditioning of generators and critics on classes or on numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.class_logits import LogSumExpHead
from gan_lightning.nn.conditional_layer import ConditionalLayer
from gan_lightning.nn.equalized import EqualizedLinear
from gan_lightning.nn.label_numbers import LabelRange, NumberEmbedding
from gan_lightning.nn.latent_prior import LATENT_PRIORS, LatentPriorName

GeneratorConditioning = Literal["none", "concatenation", "norm"]  # of generators
CriticConditioning = Literal["none", "concatenation", "projection", "classifier"]  # of critics

EMBEDDING = 128  # dimensions of the class embedding that all conditional norms share


class LatentConditioning(nn.Module):
    """The prior of a generator's latents, and its conditioning on classes or on numbers.

    "concatenation" appends the one-hot class, or the numbers, to the latent (Mirza & Osindero 2014, arXiv:1411.1784);
    "norm" computes an embedding of the label for conditional norms.

    Args:
        condition: "none", "concatenation" or "norm".
        classes: number of classes of the data; 0 for unlabelled data.
        latent_dim: dimensions of a latent.
        norms: True if the generator has norms.
        label_shape: (k,) for labels of k numbers in place of classes.
        prior: what the generator's standard normal latents become, see `nn.latent_prior`.

    Attributes:
        classes: number of classes that the generator is conditioned on; 0 if there are none.
        label_shape: (k,) of a generator conditioned on k numbers; else ().
        inputs: input features of the generator's first layer.
        condition_dim: dimensions of the embedding for conditional norms; 0 without conditional norms.

    Raises:
        UsageError: the data have no labels that it takes, or the generator has no norms.
    """

    def __init__(
        self,
        condition: GeneratorConditioning,
        classes: int,
        latent_dim: int,
        *,
        norms: bool,
        label_shape: Sequence[int] | None = None,
        prior: LatentPriorName = "normal",
    ) -> None:
        super().__init__()
        self.prior = LATENT_PRIORS[prior](latent_dim)
        self.classes, self.label_shape = condition_labels(condition, classes, label_shape)
        if condition == "norm" and not norms:
            raise UsageError(
                "condition.generator=norm, but this generator has no norm: use "
                "condition.generator=concatenation, or a model with a norm, such as model.generator.norm=batch"
            )
        self.concat = LabelConcat(self.classes, self.label_shape)
        self.inputs = latent_dim + (self.concat.features if condition == "concatenation" else 0)
        self.condition_dim = EMBEDDING if condition == "norm" else 0
        if self.condition_dim:
            self.embedding = label_embedding(self.classes, self.label_shape, self.condition_dim)
            nn.init.normal_(self.embedding.weight, 0.0, self.condition_dim**-0.5)

    def forward(self, latent: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Latents [B, latent_dim], labels → input [B, inputs], norms' condition [B, condition_dim] or None."""
        latent = self.prior(latent)
        if label is None or not (self.classes or self.label_shape):
            return latent, None
        if self.condition_dim:
            return latent, self.embedding(label)
        joined: Tensor = self.concat(latent, label)
        return joined, None


class LabelConcat(ConditionalLayer):
    """Appends the one-hot class, or the numbers of a label in [-1, 1], to a vector (Mirza & Osindero 2014).

    Args:
        classes: number of classes; 0 for labels of numbers.
        label_shape: (k,) of these.

    Attributes:
        features: that it appends.
    """

    def __init__(self, classes: int, label_shape: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.classes, self.features = classes, sum(label_shape) or classes
        self.range = LabelRange(label_shape[0]) if label_shape else None

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, features] and labels → [B, features + those of the label]."""
        assert condition is not None
        label = one_hot(condition, self.classes) if self.range is None else self.range(condition)
        return torch.cat([x, label.to(x.dtype)], dim=1)


class LabelPlane(ConditionalLayer):
    """Appends a learned plane of the label to an image (or a series, or a volume) as another channel.

    After Mirza & Osindero 2014 (arXiv:1411.1784).

    Args:
        classes: number of classes; 0 for labels of numbers.
        size: (height, width) of images, (length,) of series, (depth, height, width) of volumes.
        label_shape: (k,) of labels of numbers.
    """

    def __init__(self, classes: int, size: Sequence[int], label_shape: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.size = tuple(size)
        self.pictures = label_embedding(classes, label_shape, prod(size))

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, C, *size] and labels → [B, C + 1, *size]."""
        assert condition is not None
        return torch.cat([x, self.pictures(condition).to(x).view(-1, 1, *self.size)], dim=1)


class Projection(ConditionalLayer):
    """score(h) + ⟨embedding of the label, h⟩ (Miyato & Koyama 2018, arXiv:1802.05637, equation 3).

    Args:
        score: features [B, features] → [B, 1].
        features: features of h.
        classes: number of classes; 0 for labels of numbers.
        label_shape: (k,) of these.
        equalized: scale the embedding at run time, as equalized layers do.
    """

    def __init__(
        self,
        score: nn.Module,
        features: int,
        classes: int,
        label_shape: tuple[int, ...] = (),
        *,
        equalized: bool = False,
    ) -> None:
        super().__init__()
        std = features**-0.5
        self.score, self.scale = score, std if equalized else 1.0
        self.embedding = label_embedding(classes, label_shape, features)
        nn.init.normal_(self.embedding.weight, 0.0, std / self.scale)

    def forward(self, h: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, features] and labels → scores [B, 1]."""
        assert condition is not None
        scores: Tensor = self.score(h) + (self.scale * self.embedding(condition) * h).sum(1, keepdim=True)
        return scores


def label_embedding(classes: int, label_shape: tuple[int, ...], features: int) -> nn.Embedding | NumberEmbedding:
    """A table of classes, or a linear embedding of labels of numbers: labels → [B, features]."""
    return NumberEmbedding(label_shape[0], features) if label_shape else nn.Embedding(classes, features)


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


def condition_labels(
    condition: str, classes: int, label_shape: Sequence[int] | None = None
) -> tuple[int, tuple[int, ...]]:
    """The classes and the label shape that a network takes as input, one of which is empty, or both.

    Raises:
        UsageError: the network is conditional, and the data have no labels that it takes.
    """
    if condition == "none" or not label_shape:
        return num_condition_classes(condition, classes), ()
    if condition == "classifier":
        raise UsageError("condition.critic=classifier predicts classes, and these labels are numbers: use projection")
    if len(label_shape) != 1:
        raise UsageError(
            "these networks take classes or numbers as labels, and here labels are images: use model=unet, or "
            "condition=none"
        )
    return 0, tuple(label_shape)


def label_concat_layers(
    condition: CriticConditioning, classes: int, shape: Sequence[int], label_shape: tuple[int, ...] = ()
) -> tuple[list[nn.Module], int]:
    """Layers that append the label to a critic's samples [B, *shape], and the channels or features that they add."""
    if condition != "concatenation":
        return [], 0
    if len(shape) > 1:
        return [LabelPlane(classes, shape[1:], label_shape)], 1
    concat = LabelConcat(classes, label_shape)
    return [concat], concat.features


def output_head(
    score: nn.Module,
    condition: CriticConditioning,
    features: int,
    classes: int,
    label_shape: tuple[int, ...] = (),
    *,
    equalized: bool = False,
) -> nn.Module:
    """A critic's last layer, [B, features] → [B, 1]: `score`, or a projection or classifier head around it."""
    if condition == "classifier":
        return LogSumExpHead(EqualizedLinear(features, classes, gain=1) if equalized else nn.Linear(features, classes))
    if condition != "projection":
        return score
    return Projection(score, features, classes, label_shape, equalized=equalized)
