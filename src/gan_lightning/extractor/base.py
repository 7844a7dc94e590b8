"""The interface of extractors: images to features and class probabilities."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from typing_extensions import Self


class Features(NamedTuple):
    """Features and class probabilities of N images.

    Args:
        features: float [N, d].
        probabilities: p(y|x), float [N, K]; None for a network without classes.
    """

    features: Tensor
    probabilities: Tensor | None


class Extractor(Protocol):
    """A fixed network whose features and classes scores are computed on.

    It is no `nn.Module`: as an attribute of a `LightningModule` it would enter checkpoints and be put into training
    mode.

    Attributes:
        name: as in `frechet/<name>`; different for extractors whose scores do not compare.
        weights: the first eight hex digits of the SHA-256 of the file of weights.
        resize: description of the resizing to the network's input: filter, antialiasing, size.
        features: number of features, d.
        batch_size: images in one forward pass.
    """

    name: str
    weights: str
    resize: str
    features: int
    batch_size: int

    def __call__(self, images: Tensor) -> Features:
        """Features and class probabilities.

        Args:
            images: uint8 [N, C, H, W] on any device, as stored; fakes pass through `quantize` first.

        Returns:
            Features and probabilities on the extractor's device, without gradients. Those of an image do not depend on
            the images beside it.

        Raises:
            UsageError: other images.
        """
        ...

    def differentiable(self, samples: Tensor) -> Tensor:
        """Features [N, d] of a generator's samples, with gradients.

        Args:
            samples: float [N, C, H, W] in [-1, 1], not rounded to whole levels.
        """
        ...

    def score_name(self, kind: str) -> str:
        """The name of a score computed with it: `frechet` is `frechet/<name>`, or `fid` for the original Inception."""
        ...

    def to(self, device: torch.device | str) -> Self:
        """Moves the network to a device; returns itself."""
        ...
