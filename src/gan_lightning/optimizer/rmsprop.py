"""Factory of RMSProp optimizers."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from gan_lightning.core.validation import Decay, NonNegative, Positive, validate_arguments


class RMSProp:
    """Tieleman & Hinton 2012, lecture 6e; torch's kernels.

    Args:
        lr: step size.
        alpha: decay of the second moment.
        eps: added to the denominator.
        momentum: 0 for clipped critics, which momentum destabilizes (Arjovsky et al. 2017).
    """

    @validate_arguments
    def __init__(
        self, lr: Positive = 5e-5, alpha: Decay = 0.99, eps: Positive = 1e-8, momentum: NonNegative = 0.0
    ) -> None:
        self.lr, self.alpha, self.eps, self.momentum = lr, alpha, eps, momentum

    def __call__(self, parameters: Iterable[nn.Parameter]) -> torch.optim.RMSprop:
        """The optimizer of these parameters."""
        return torch.optim.RMSprop(parameters, self.lr, self.alpha, self.eps, momentum=self.momentum, foreach=True)
