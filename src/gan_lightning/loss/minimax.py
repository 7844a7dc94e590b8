"""Minimax loss of the original GAN, whose generator gradient saturates."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import softplus

from gan_lightning.core.validation import Fraction, validate_arguments


class Minimax:
    """Cross entropy; the generator minimises E log(1 - σ(D(G(z)))) (Goodfellow et al. 2014, arXiv:1406.2661, eq. 1).

    Written with softplus, so that no score overflows.

    Args:
        real_target: label of real samples; 0.9 is one-sided label smoothing (Salimans et al. 2016,
            arXiv:1606.03498, section 3.4). Fakes keep the label 0.
    """

    divergence_name: ClassVar[str] = "jensen_shannon"

    @validate_arguments
    def __init__(self, real_target: Fraction = 1.0) -> None:
        self.real_target = real_target

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """Cross entropy of classifying real and fake."""
        smooth = 1 - self.real_target
        of_real = self.real_target * softplus(-real).mean()
        if smooth:
            of_real = of_real + smooth * softplus(real).mean()
        return of_real + softplus(fake).mean()

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """E log(1 - σ(D)): its gradient vanishes where the critic is confident."""
        return -softplus(fake).mean()

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """JSD ≥ log 2 - L/2, L the unsmoothed cross entropy; in nats, between 0 and log 2 at an optimal critic."""
        return math.log(2) - (softplus(-real).mean() + softplus(fake).mean()) / 2
