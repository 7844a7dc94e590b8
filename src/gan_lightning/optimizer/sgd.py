"""Factory of SGD optimizers."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from gan_lightning.core.validation import Decay, NonNegative, Positive, validate_arguments


class SGD:
    """Gradient descent with momentum (Sutskever et al. 2013, proceedings.mlr.press/v28/sutskever13); torch's kernels.

    Args:
        lr: step size.
        momentum: decay of earlier gradients; 0 for none.
        weight_decay: times the weights, joins the gradients.
    """

    @validate_arguments
    def __init__(self, lr: Positive = 1e-2, momentum: Decay = 0.0, weight_decay: NonNegative = 0.0) -> None:
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay

    def __call__(self, parameters: Iterable[nn.Parameter]) -> torch.optim.SGD:
        """The optimizer of these parameters."""
        return torch.optim.SGD(
            parameters, self.lr, momentum=self.momentum, weight_decay=self.weight_decay, foreach=True
        )
