"""Factory of Adam optimizers."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from gan_lightning.core.validation import Decay, NonNegative, Positive, validate_arguments


class Adam:
    """Kingma & Ba 2015, arXiv:1412.6980; torch's fused kernels.

    Args:
        lr: step size.
        betas: decay of the first and the second moment.
        eps: added to the denominator.
        weight_decay: L2 penalty.
    """

    @validate_arguments
    def __init__(
        self,
        lr: Positive = 2e-4,
        betas: tuple[Decay, Decay] = (0.5, 0.999),
        eps: Positive = 1e-8,
        weight_decay: NonNegative = 0.0,
    ) -> None:
        self.lr, self.betas, self.eps, self.weight_decay = lr, (float(betas[0]), float(betas[1])), eps, weight_decay

    def __call__(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Adam:
        """The optimizer of these parameters."""
        return torch.optim.Adam(parameters, self.lr, self.betas, self.eps, self.weight_decay, fused=True)
