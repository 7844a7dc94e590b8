"""Random Fourier features of the input (Tancik et al. 2020)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import Count, Positive, validate_arguments


class FourierFeatures(nn.Module):
    """Appends sines and cosines of random frequencies: x → (x, sin Bx, cos Bx), B drawn once from N(0, `scale`²).

    ReLU networks learn low frequencies long before high ones. Tancik et al. 2020 (arXiv:2006.10739) replace x by these
    features; here x is kept beside them, for variation on the scale of the data.

    Args:
        features: input features.
        num_frequencies: number of frequencies.
        scale: standard deviation of the frequencies, in radians over a unit of the data.
    """

    frequencies: Tensor

    @validate_arguments
    def __init__(self, features: Count, num_frequencies: Count, scale: Positive = 1.0) -> None:
        super().__init__()
        self.scale = scale
        self.register_buffer("frequencies", scale * torch.randn(features, num_frequencies))

    def forward(self, x: Tensor) -> Tensor:
        """[B, features] → [B, features + 2·num_frequencies]."""
        phases = x @ self.frequencies
        return torch.cat([x, phases.sin(), phases.cos()], 1)

    def extra_repr(self) -> str:
        """Arguments shown by `print(network)`."""
        features, num_frequencies = self.frequencies.shape
        return f"{features}, {num_frequencies}, scale={self.scale:g}"
