"""Pixelwise feature normalization."""

from __future__ import annotations

import torch
from torch import Tensor, nn

EPSILON = 1e-8


class PixelNorm(nn.Module):
    """Scales the features of each pixel to root mean square 1: x / √(mean over channels of x² + 1e-8).

    Karras et al. 2018 (arXiv:1710.10196, section 4.2), where it is called unit length: C features get the length √C. A
    zero vector stays zero.
    """

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, ...] → the same shape."""
        x = x.float() if x.dtype == torch.float16 else x  # fp16 holds neither 1e-8 nor 256²
        return x * x.square().mean(1, keepdim=True).add(EPSILON).rsqrt()
