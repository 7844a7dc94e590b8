"""Waves of the input, so that a small network can see what is small."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import Count, Positive, validate_arguments


class FourierFeatures(nn.Module):
    """Appends sines and cosines of random frequencies: x → (x, sin Bx, cos Bx), where B is N(0, `scale`²) and stays.

    Rectified networks learn what varies slowly long before what varies fast. Tancik et al. 2020 (arXiv:2006.10739)
    replace x by such waves; here it is kept beside them, for what varies over the whole of the data.

    Args:
        features: of the input.
        num_frequencies: how many frequencies.
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
        """See torch."""
        features, waves = self.frequencies.shape
        return f"{features}, {waves}, scale={self.scale:g}"
