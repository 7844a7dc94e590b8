"""Gaussian noise layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.rng import layer_rng


class GaussianNoise(nn.Module):
    """Adds Gaussian noise in training, nothing in eval mode.

    In a training step the noise of a sample is a function of seed, update and the sample's place in the global batch,
    like the step's other random numbers (`core.rng.StepRNG`). The first axis is the batch.

    Args:
        std: standard deviation.
    """

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        """[B, ...] → the same shape."""
        if not (self.training and self.std):
            return x
        rng = layer_rng()
        noise = torch.randn_like(x) if rng is None else rng.normal(*x.shape, device=x.device).to(x.dtype)
        return torch.add(x, noise, alpha=self.std)

    def extra_repr(self) -> str:
        """Arguments shown by `print(network)`."""
        return f"std={self.std}"
