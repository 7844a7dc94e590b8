"""Interface of a generative model of binary images, and its training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from gan_lightning.core.rng import new_rng
from gan_lightning.schedule.linear_decay import LinearDecay

Likelihood = Literal["exact", "lower bound", "estimate", "none"]


class GenerativeModel(nn.Module, ABC):
    """A model of images x [B, 1, H, W] of zeros and ones.

    Attributes:
        likelihood: kind of its log p(x): exact; a lower bound; an estimate; or none.
    """

    likelihood: ClassVar[Likelihood] = "none"

    @abstractmethod
    def fit(self, images: Tensor, *, steps: int, batch: int, seed: int) -> None:
        """Trains on images [N, 1, H, W]."""

    def log_likelihood(self, x: Tensor, rng: torch.Generator) -> Tensor | None:
        """log p(x) of each image in nats, [B], as exact as `likelihood` says."""
        return None

    @abstractmethod
    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Images [n, 1, H, W] of zeros and ones."""

    @abstractmethod
    def passes(self) -> int:
        """Passes through a network, one after the other, that a sample takes."""

    def codes(self, x: Tensor) -> Tensor | None:
        """Numbers that the model infers from an image, [B, numbers]; None if it infers nothing."""
        return None


def minimize(
    loss: Callable[[Tensor, int], Tensor],
    parameters: Iterable[nn.Parameter],
    images: Tensor,
    *,
    steps: int,
    batch: int,
    seed: int,
    rate: float,
) -> None:
    """Adam on a loss of (images, step), with a rate that falls to 0 over the second half of the steps."""
    optimizer = torch.optim.Adam(parameters, lr=rate)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, LinearDecay(steps, hold_fraction=0.5))
    for step in range(steps):
        optimizer.zero_grad()
        torch.autograd.backward(loss(draw(images, batch, seed, step), step))
        optimizer.step()
        scheduler.step()


def draw(images: Tensor, batch: int, seed: int, step: int) -> Tensor:
    """The images of a step: random, with repetition."""
    return images[torch.randint(len(images), (batch,), generator=new_rng(seed, "images", step))]


def log_bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    """log p of each binary image under independent pixels with these logits, [B]."""
    return -binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)


def bernoulli(logits: Tensor, rng: torch.Generator) -> Tensor:
    """Zeros and ones with these logits."""
    return (torch.rand(logits.shape, generator=rng) < logits.sigmoid()).to(logits)
