"""Minimax loss of the original GAN, whose generator gradient saturates."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import softplus

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Fraction, validate_arguments


class Minimax:
    """Cross entropy; the generator minimises E log(1 - σ(D(G(z)))) (Goodfellow et al. 2014, arXiv:1406.2661, eq. 1).

    Written with softplus, so that no score overflows.

    Args:
        real_target: label of real samples; 0.9 is one-sided label smoothing (Salimans et al. 2016,
            arXiv:1606.03498, section 3.4).
        fake_target: label of fakes, 0 there. With 0.1 and a real target of 0.9 the loss is the mean over labels of
            which each is wrong with probability 0.1.

    Raises:
        UsageError: the targets are not the right way round.
    """

    divergence_name: ClassVar[str] = "jensen_shannon"

    @validate_arguments
    def __init__(self, real_target: Fraction = 1.0, fake_target: Fraction = 0.0) -> None:
        if fake_target >= real_target:
            raise UsageError(
                f"fake_target={fake_target:g} is not below real_target={real_target:g}: use such as real_target=0.9 "
                "fake_target=0.1"
            )
        self.real_target, self.fake_target = real_target, fake_target

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """Cross entropy of classifying real and fake."""
        return _cross_entropy(real, self.real_target) + _cross_entropy(fake, self.fake_target)

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """E log(1 - σ(D)): its gradient vanishes where the critic is confident."""
        return -softplus(fake).mean()

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """JSD ≥ log 2 - L/2, L the unsmoothed cross entropy; in nats, between 0 and log 2 at an optimal critic."""
        return math.log(2) - (softplus(-real).mean() + softplus(fake).mean()) / 2


def _cross_entropy(scores: Tensor, target: float) -> Tensor:
    """That of the label 1 with probability `target`; a term of weight 0 is left out, as infinite scores allow."""
    terms = [w * softplus(sign * scores).mean() for w, sign in ((target, -1), (1 - target, 1)) if w]
    return sum(terms[1:], terms[0])
