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


def truncate_by_folding(latent: Tensor, threshold: Tensor) -> Tensor:
    """As `truncate_by_resampling`, without an rng: entries beyond the threshold are mapped to within.

    An entry beyond t has a tail probability P(|x| > |z|), uniform below P(|x| > t). It becomes the quantile of the
    truncated normal distribution at this fraction, of the same sign: equal in distribution to resampling, and a
    function of the latent alone, which exported programs need.

    Args:
        latent: standard normal, [..., d], in single precision at least.
        threshold: largest absolute value, positive, a scalar; infinity changes nothing.
    """
    scale = math.sqrt(0.5)
    fraction = _erfc(latent.abs() * scale) / _erfc(threshold * scale).clamp(min=torch.finfo(latent.dtype).tiny)
    within = _erfinv(fraction.clamp(max=1) * torch.erf(threshold * scale)) / scale
    return latent.where(latent.abs() <= threshold, torch.minimum(within, threshold) * latent.sign())


def _erfc(x: Tensor) -> Tensor:
    """1 - erf(x) for x ≥ 0, to 1.2e-7 of its value also in the tail (Press et al., Numerical Recipes, erfcc)."""
    t = 1 / (1 + 0.5 * x.clamp(max=20))
    coefficients: tuple[float, ...] = (0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807)
    coefficients += (-0.18628806, 0.09678418, 0.37409196, 1.00002368)
    return t * torch.exp(-x.square() - 1.26551223 + t * _horner(coefficients, t))


def _erfinv(x: Tensor) -> Tensor:
    """The inverse of erf on [0, 1), in operations that every runtime has (Giles 2012, single precision)."""
    w = -torch.log(((1 - x) * (1 + x)).clamp(min=torch.finfo(x.dtype).tiny))
    central: tuple[float, ...] = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087)
    central += (-0.00125372503, -0.00417768164, 0.246640727, 1.50140941)
    tail: tuple[float, ...] = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773)
    tail += (-0.0076224613, 0.00943887047, 1.00167406, 2.83297682)
    return x * _horner(central, w - 2.5).where(w < 5, _horner(tail, w.sqrt() - 3))


def _horner(coefficients: tuple[float, ...], x: Tensor) -> Tensor:
    """The polynomial with these coefficients, the highest power first."""
    value = torch.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value
