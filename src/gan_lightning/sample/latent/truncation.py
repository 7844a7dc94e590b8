"""Latents nearer to the middle: better samples, fewer kinds of them."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def truncate_by_resampling(latent: Tensor, threshold: float, source: torch.Generator) -> Tensor:
    """Numbers beyond the threshold are drawn again until they lie within (Brock et al. 2019, arXiv:1809.11096, 3.1).

    Drawn at once, from the normal distribution's part within the threshold: the same distribution as by trying again,
    which at a threshold of 0.04 takes hundreds of steps. One uniform number per entry, so that equal sources give
    latents that move steadily with the threshold.

    Args:
        latent: standard normal, [..., d].
        threshold: largest absolute value, positive.
        source: where the new numbers come from.
    """
    uniform = torch.rand(latent.shape, generator=source, dtype=torch.float64) * 2 - 1
    within = math.sqrt(2) * torch.erfinv(uniform * math.erf(threshold / math.sqrt(2)))
    return latent.where(latent.abs() <= threshold, within.clamp(-threshold, threshold).to(latent.dtype))


def truncate_by_scaling(latent: Tensor, psi: float) -> Tensor:
    """ψ·z: all latents move towards their mean, which is 0; ψ = 1 leaves them, ψ = 0 makes them one."""
    return psi * latent
