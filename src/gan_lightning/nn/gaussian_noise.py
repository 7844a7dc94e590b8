"""Gaussian noise layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class GaussianNoise(nn.Module):
    """Adds Gaussian noise in training, nothing in eval mode.

    Args:
        std: standard deviation.
    """

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        """[...] → the same shape. Draws from torch's global RNG, as dropout; it is seeded in every step."""
        return torch.add(x, torch.randn_like(x), alpha=self.std) if self.training and self.std else x

    def extra_repr(self) -> str:
        """Arguments shown by `print(network)`."""
        return f"std={self.std}"
