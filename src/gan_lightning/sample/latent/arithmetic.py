"""Arithmetic of latents (Radford et al. 2016, arXiv:1511.06434, section 6.3.2)."""

from __future__ import annotations

import torch
from torch import Tensor


def combine(start: Tensor, minus: Tensor, plus: Tensor) -> Tensor:
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


def perturbed_grid(center: Tensor, noise: float, rng: torch.Generator) -> Tensor:
    """3×3 latents: `center` in the middle, around it `center` plus noise uniform on ±`noise`.

    The authors' noise is ±0.25 for latents uniform on ±1, of standard deviation 0.58.

    Args:
        center: [d].
        noise: half the width of the distribution.
        rng: of the noise.

    Returns:
        [3, 3, d].
    """
    offsets = (torch.rand(9, len(center), generator=rng) * 2 - 1) * noise
    offsets[4] = 0
    return (center + offsets.to(center.dtype)).view(3, 3, -1)
