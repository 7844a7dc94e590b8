"""Truncation of latents: better samples, less variety."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def truncate_by_resampling(latent: Tensor, threshold: float, rng: torch.Generator) -> Tensor:
    """Resamples entries beyond the threshold until they lie within (Brock et al. 2019, arXiv:1809.11096, 3.1).

    New entries are drawn from the truncated normal distribution by its inverse: the same distribution as by rejection,
    which takes hundreds of trials at a threshold of 0.04. With one uniform number per entry, latents of an equal rng
    are continuous in the threshold.

    Args:
        latent: standard normal, [..., d].
        threshold: largest absolute value, positive.
        rng: of the new entries.
    """
    uniform = torch.rand(latent.shape, generator=rng, dtype=torch.float64) * 2 - 1
    within = math.sqrt(2) * torch.erfinv(uniform * math.erf(threshold / math.sqrt(2)))
    return latent.where(latent.abs() <= threshold, within.clamp(-threshold, threshold).to(latent.dtype))


def truncate_by_scaling(latent: Tensor, psi: float) -> Tensor:
    """ψ·z: latents move towards their mean, 0; ψ = 1 changes nothing, ψ = 0 gives one latent."""
    return psi * latent
