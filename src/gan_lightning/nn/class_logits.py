"""Output head of a critic that is also a classifier."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LogSumExpHead(nn.Module):
    """score(h) = log Σ exp lᵢ(h), l the K logits of classes (Salimans et al. 2016, arXiv:1606.03498, section 5).

    With a logit of 0 for the class "fake", softmax over all K + 1 gives "fake" the probability 1 / (1 + Σ exp lᵢ): the
    score is the logit of being real, as losses expect.

    Args:
        logits: the linear layer, features [B, features] → [B, K].
    """

    def __init__(self, logits: nn.Linear) -> None:
        super().__init__()
        self.logits = logits

    def forward(self, h: Tensor) -> Tensor:
        """[B, features] → scores [B, 1]."""
        return torch.logsumexp(self.logits(h), 1, keepdim=True)


def class_head_of(critic: nn.Module) -> LogSumExpHead | None:
    """The critic's `LogSumExpHead`; None if it has none."""
    return next((layer for layer in critic.modules() if isinstance(layer, LogSumExpHead)), None)
