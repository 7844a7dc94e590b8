"""How networks are told classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.class_logits import LogSumExpHead
from gan_lightning.nn.equalized import EqualizedLinear

GeneratorConditioning = Literal["none", "concatenation", "norm"]  # of generators
CriticConditioning = Literal["none", "concatenation", "projection", "classifier"]  # of critics

EMBEDDING = 128  # numbers that stand for a class, which all conditional norms share


class ConditionalLayer(nn.Module):
    """A layer that takes a condition beside its input; None where nobody is told anything."""


class ConditionalSequential(nn.Sequential, ConditionalLayer):
    """Layers one after another; those that ask for the condition are told it."""

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """As torch's Sequential."""
        for layer in self:
            x = apply_conditional(layer, x, condition)
        return x


def apply_conditional(layer: nn.Module, x: Tensor, condition: Tensor | None) -> Tensor:
    """What a layer makes of x, told the condition if it asks for it."""
    y: Tensor = layer(x, condition) if isinstance(layer, ConditionalLayer) else layer(x)
    return y


class ConditionalNorm(ConditionalLayer):
    """(1 + G c) · norm(x) + B c: gain and offset follow from the condition c (Dumoulin et al. 2017, arXiv:1610.07629).

    With c an embedding that all layers share, as in Brock et al. 2019 (arXiv:1809.11096), section 3.

    Args:
        norm: without a gain and an offset of its own.
        channels: of x.
        told: numbers in c.
    """

    def __init__(self, norm: nn.Module, channels: int, condition_dim: int) -> None:
        super().__init__()
        self.norm = norm
        self.gain, self.offset = (
            nn.Linear(condition_dim, channels, bias=False),
            nn.Linear(condition_dim, channels, bias=False),
        )

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, C, ...] and conditions [B, told] → [B, C, ...]."""
        assert condition is not None
        gain, offset = (layer(condition).view(*x.shape[:2], *[1] * (x.dim() - 2)) for layer in (self.gain, self.offset))
        y: Tensor = self.norm(x) * (1 + gain) + offset
        return y


class LatentConditioning(nn.Module):
    """Where a generator is told classes.

    "concatenation" joins the class, as a vector of zeros and a one, to the latent (Mirza & Osindero 2014,
    arXiv:1411.1784); "norm" gives conditional norms an embedding of it.

    Args:
        condition: which.
        classes: how many there are; 0 where data have none.
        latent_dim: of the latents.
        norms: whether the generator has norms.

    Attributes:
        classes: that the generator is told apart; 0 where it is told none.
        inputs: numbers that enter the generator's first layer.
        told: numbers that conditional norms are told; 0 where there are none.

    Raises:
        UsageError: there are no classes to tell, or no norms to tell them.
    """

    def __init__(self, condition: GeneratorConditioning, classes: int, latent_dim: int, *, norms: bool) -> None:
        super().__init__()
        self.classes = num_condition_classes(condition, classes)
        if condition == "norm" and not norms:
            raise UsageError(
                "condition.generator=norm, but this generator has no norm to tell classes: use "
                "condition.generator=concatenation, or a model with a norm, such as model.generator.norm=batch"
            )
        self.inputs = latent_dim + (self.classes if condition == "concatenation" else 0)
        self.told = EMBEDDING if condition == "norm" else 0
        self.joins = OneHotConcat(self.classes)
        if self.told:
            self.embedding = nn.Embedding(self.classes, self.told)
            nn.init.normal_(self.embedding.weight, 0.0, self.told**-0.5)

    def forward(self, latent: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Latents [B, latent_dim] and classes [B] → what enters [B, inputs], and what norms are told [B, told]."""
        if label is None or not self.classes:
            return latent, None
        if self.told:
            return latent, self.embedding(label)
        joined: Tensor = self.joins(latent, label)
        return joined, None


class OneHotConcat(ConditionalLayer):
    """Joins the class to numbers, as zeros and a one (Mirza & Osindero 2014)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, numbers] and classes [B] → [B, numbers + classes]."""
        assert condition is not None
        return torch.cat([x, one_hot(condition, self.classes).to(x.dtype)], dim=1)


class LabelPlane(ConditionalLayer):
    """Joins a learned picture of the class to an image, as another channel (after Mirza & Osindero 2014).

    Args:
        classes: how many.
        size: of the images, in pixels.
    """

    def __init__(self, classes: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.pictures = nn.Embedding(classes, size * size)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """[B, C, size, size] and classes [B] → [B, C + 1, size, size]."""
        assert condition is not None
        return torch.cat([x, self.pictures(condition).to(x).view(-1, 1, self.size, self.size)], dim=1)


class Projection(ConditionalLayer):
    """score(h) + ⟨embedding of the class, h⟩ (Miyato & Koyama 2018, arXiv:1802.05637, equation 3).

    Args:
        score: features [B, features] → [B, 1].
        features: in h.
        classes: how many.
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
    """How many classes a network is told: 0 with condition "none", and for a "classifier", which is to tell them.

    Raises:
        UsageError: there are none to tell.
    """
    if condition == "none":
        return 0
    if not classes:
        raise UsageError(
            "networks are to be told classes, and these data have none: use labelled data (data=mnist5k, or "
            "data.classes=N of a folder with a folder for each class), or condition=none"
        )
    return 0 if condition == "classifier" else classes


def label_concat_layers(
    condition: CriticConditioning, classes: int, shape: Sequence[int]
) -> tuple[list[nn.Module], int]:
    """What joins the class to a critic's samples [B, *shape], if anything; how many channels or numbers that adds."""
    if condition != "concatenation":
        return [], 0
    return ([OneHotConcat(classes)], classes) if len(shape) == 1 else ([LabelPlane(classes, shape[-1])], 1)


def output_head(
    score: nn.Module, condition: CriticConditioning, features: int, classes: int, *, equalized: bool = False
) -> nn.Module:
    """A critic's last layer, [B, features] → [B, 1], which compares with the class, or tells it, where it is to."""
    if condition == "classifier":
        return LogSumExpHead(EqualizedLinear(features, classes, gain=1) if equalized else nn.Linear(features, classes))
    return Projection(score, features, classes, equalized=equalized) if condition == "projection" else score
