"""Closed forms that only tests need, as oracles of losses and distances."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from gan_lightning.theory import optimal_discriminator
from gan_lightning.theory.distribution import Numbers, as_distributions, as_float64


def chi_square(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """Pearson's χ²(p‖q) = ∫ (p - q)²/q: infinite where p has mass and q has none (Pearson 1900)."""
    p, q = as_distributions(p, q, cell)
    return cell * _ratio((p - q).square(), q).sum()


def triangular(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """Triangular discrimination ∫ (p - q)²/(p + q): 0 where p = q, 2 where they are disjoint (Topsøe 2000).

    It is the divergence of the optimal least-squares critic, and twice χ²(p‖m), m = ½(p + q).
    """
    p, q = as_distributions(p, q, cell)
    return cell * _ratio((p - q).square(), p + q).sum()


def optimal_least_squares(p: Numbers, q: Numbers, fake_label: float = 0.0, real_label: float = 1.0) -> Tensor:
    """(b p + a q)/(p + q), the mean label of the samples there (Mao et al. 2017, arXiv:1611.04076, eq. 5)."""
    return fake_label + (real_label - fake_label) * optimal_discriminator(p, q)


def optimal_hinge(p: Numbers, q: Numbers) -> Tensor:
    """sign(p - q), an optimal critic under the hinge loss (Lim & Ye 2017, arXiv:1705.02894, section 3)."""
    return (as_float64(p) - as_float64(q)).sign()


def gaussian_kl(mean_p: Numbers, cov_p: Numbers, mean_q: Numbers, cov_q: Numbers) -> Tensor:
    """KL(N(μp, Σp) ‖ N(μq, Σq)) of means [d] and covariances [d, d], or of numbers."""
    moments = [as_float64(moment) for moment in (mean_p, cov_p, mean_q, cov_q)]
    if not moments[0].dim():
        moments = [moment.view(1, 1) if k % 2 else moment.view(1) for k, moment in enumerate(moments)]
    divergence: Tensor = kl_divergence(MultivariateNormal(*moments[:2]), MultivariateNormal(*moments[2:]))
    return divergence


def gaussian_w1(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    """The Wasserstein-1 distance of two Gaussians in one dimension.

    E|δ + sZ| with δ = μp-μq, s = |σp-σq|, Z ~ N(0, 1): the mean of a folded normal (Leone et al. 1961).
    """
    shift, stretch = mean_p - mean_q, abs(std_p - std_q)
    if stretch == 0:
        return abs(shift)
    z = shift / stretch
    return stretch * math.sqrt(2 / math.pi) * math.exp(-z * z / 2) + shift * math.erf(z / math.sqrt(2))


def _ratio(p: Tensor, q: Tensor) -> Tensor:
    # p/q, with 0/0 = 0
    support = p > 0
    return torch.where(support, p / q.where(support, torch.ones_like(q)), torch.zeros_like(p))
