"""What an extractor is: images in, features and class probabilities out."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from typing_extensions import Self


class Features(NamedTuple):
    """What a network sees in N images.

    Args:
        features: float [N, d].
        probabilities: p(y|x), float [N, K]; None for a network without classes.
    """

    features: Tensor
    probabilities: Tensor | None


class Extractor(Protocol):
    """A fixed network whose features and classes scores are computed on.

    It is no `nn.Module`: a network that is an attribute of a `LightningModule` enters its checkpoints, and is put into
    training mode with it.

    Attributes:
        name: as in `frechet/<name>`; it tells extractors apart whose scores must not be mixed up.
        weights: the first eight hex digits of the SHA-256 of the file of weights.
        resize: how images are brought to the network's size, in words: filter, antialiasing, size.
        features: d.
        batch_size: images at a time.
    """

    name: str
    weights: str
    resize: str
    features: int
    batch_size: int

    def __call__(self, images: Tensor) -> Features:
        """What the network sees.

        Args:
            images: uint8 [N, C, H, W] on any device, as stored; fakes pass through `quantize` first.

        Returns:
            Features and probabilities on the extractor's device, without gradients. Those of an image do not depend on
            the images beside it.

        Raises:
            UsageError: no such images.
        """
        ...

    def score_name(self, kind: str) -> str:
        """The name of a score computed with it: `frechet` is `frechet/<name>`, or `fid` where it is that."""
        ...

    def to(self, device: torch.device | str) -> Self:
        """Moves the network to a device; returns itself."""
        ...
