"""Noise within a network."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class GaussianNoise(nn.Module):
    """Adds Gaussian noise in training, nothing in eval mode.

    Args:
        std: its deviation.
    """

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        """[...] → the same shape. As dropout it draws from torch's global generator, which follows from the step."""
        return torch.add(x, torch.randn_like(x), alpha=self.std) if self.training and self.std else x

    def extra_repr(self) -> str:
        """What `print(network)` shows."""
        return f"std={self.std}"
