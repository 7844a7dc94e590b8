"""Sums and differences of latents (Radford et al. 2016, arXiv:1511.06434, section 6.3.2)."""

from __future__ import annotations

import torch
from torch import Tensor


def combined(start: Tensor, minus: Tensor, plus: Tensor) -> Tensor:
    """mean(start) - mean(minus) + mean(plus): "smiling woman" - "neutral woman" + "neutral man".

    Single latents gave the authors unstable results, means of three didn't. Three means of three standard normal
    latents sum to a vector as long as a latent is: 1/3 + 1/3 + 1/3 = 1.

    Args:
        start: [k, d].
        minus: [l, d].
        plus: [m, d].

    Returns:
        [d].
    """
    return start.mean(0) - minus.mean(0) + plus.mean(0)


def perturbed_grid(center: Tensor, noise: float, source: torch.Generator) -> Tensor:
    """`center` in the middle of 3×3 latents; to each of the others, noise uniform on ±`noise` is added.

    The authors' noise is ±0.25 for latents uniform on ±1, of standard deviation 0.58.

    Args:
        center: [d].
        noise: half the width of its distribution.
        source: where it comes from.

    Returns:
        [3, 3, d].
    """
    away = (torch.rand(9, len(center), generator=source) * 2 - 1) * noise
    away[4] = 0
    return (center + away.to(center.dtype)).view(3, 3, -1)
