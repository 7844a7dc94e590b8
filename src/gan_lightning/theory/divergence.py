"""How far apart two distributions are, compared point by point: f-divergences (Csiszár 1967).

Everywhere p and q are weights of the same atoms, or densities at the midpoints of the same grid, of any shape; `cell`
is the volume of a cell, 1 for atoms. The real distribution comes first. Results are scalars in double precision, in
nats where there is a logarithm, infinite where mathematics says so and never NaN. They carry gradients, for which
p log p is flat where p is 0. What is no distribution raises `UsageError`.

A density that underflows to 0 in double precision, as a Gaussian's does 38 standard deviations out, is 0 here.
"""

from __future__ import annotations

from math import log

import torch
from torch import Tensor

from gan_lightning.theory.distribution import Numbers, as_distributions


def kl(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """KL(p‖q) = ∫ p log(p/q): infinite where q misses any of p's mass (Kullback & Leibler 1951)."""
    p, q = as_distributions(p, q, cell)
    return cell * _log_ratio(p, q).sum()


def reverse_kl(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """KL(q‖p) = ∫ q log(q/p): infinite where q, the model, puts mass off p's support."""
    return kl(q, p, cell)


def jensen_shannon(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """½KL(p‖m) + ½KL(q‖m), m = ½(p + q): 0 where p = q, log 2 where they are disjoint (Lin 1991)."""
    p, q = as_distributions(p, q, cell)
    both = p + q  # not m: half of the smallest double is 0
    to_middle = _log_ratio(p, both) + _log_ratio(q, both) + log(2) * both
    return cell * to_middle.clamp(min=0).sum() / 2  # below 0 by rounding only, which a square root would not forgive


def total_variation(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """½∫|p - q|, the largest difference in the probability of any event: 0 where p = q, 1 where they are disjoint."""
    p, q = as_distributions(p, q, cell)
    return cell * (p - q).abs().sum() / 2


def chi_square(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """Pearson's χ²(p‖q) = ∫ (p - q)²/q: infinite where q misses any of p's mass (Pearson 1900)."""
    p, q = as_distributions(p, q, cell)
    return cell * _ratio((p - q).square(), q).sum()


def triangular(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """Triangular discrimination ∫ (p - q)²/(p + q): 0 where p = q, 2 where they are disjoint (Topsøe 2000).

    It is what the best least-squares critic measures, and twice χ²(p‖m), m = ½(p + q).
    """
    p, q = as_distributions(p, q, cell)
    return cell * _ratio((p - q).square(), p + q).sum()


def _log_ratio(p: Tensor, q: Tensor) -> Tensor:
    # p log(p/q), with 0 log(0/q) = 0. The mask is inside as well as outside, for 0 · ∞ in the gradient would be NaN.
    there = p > 0
    one = torch.ones_like(p)
    return torch.where(there, p * (p.where(there, one).log() - q.where(there, one).log()), torch.zeros_like(p))


def _ratio(p: Tensor, q: Tensor) -> Tensor:
    # p/q, with 0/0 = 0
    there = p > 0
    return torch.where(there, p / q.where(there, torch.ones_like(q)), torch.zeros_like(p))
