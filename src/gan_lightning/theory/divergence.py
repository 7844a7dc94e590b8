"""f-divergences (Csiszár 1967) of discrete distributions and of densities on a grid.

p (real) and q (fake) are weights of the same atoms, or densities at the midpoints of one grid, of any shape; `cell`
is the volume of a cell, 1 for atoms. Results are differentiable scalars in double precision, in nats where there is a
logarithm; infinite where the divergence is, never NaN. The gradient of p log p is 0 where p is 0. Inputs that are not
distributions raise `UsageError`. A density that underflows to 0 in double precision, as a Gaussian's does at 38
standard deviations, counts as 0.
"""

from __future__ import annotations

from math import log

import torch
from torch import Tensor

from gan_lightning.theory.distribution import Numbers, as_distributions


def kl(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """KL(p‖q) = ∫ p log(p/q): infinite where p has mass and q has none (Kullback & Leibler 1951)."""
    p, q = as_distributions(p, q, cell)
    return cell * _log_ratio(p, q).sum()


def reverse_kl(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """KL(q‖p) = ∫ q log(q/p): infinite where q, the model, has mass off p's support."""
    return kl(q, p, cell)


def jensen_shannon(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """½KL(p‖m) + ½KL(q‖m), m = ½(p + q): 0 where p = q, log 2 where they are disjoint (Lin 1991)."""
    p, q = as_distributions(p, q, cell)
    both = p + q  # not m: half of the smallest double is 0
    terms = _log_ratio(p, both) + _log_ratio(q, both) + log(2) * both
    return cell * terms.clamp(min=0).sum() / 2  # negative by rounding only, which would make a square root NaN


def total_variation(p: Numbers, q: Numbers, cell: float = 1.0) -> Tensor:
    """½∫|p - q|, the largest difference in the probability of any event: 0 where p = q, 1 where they are disjoint."""
    p, q = as_distributions(p, q, cell)
    return cell * (p - q).abs().sum() / 2


def _log_ratio(p: Tensor, q: Tensor) -> Tensor:
    # p log(p/q), with 0 log(0/q) = 0. The mask is applied inside as well: the gradient would contain 0 · ∞ = NaN.
    support = p > 0
    one = torch.ones_like(p)
    return torch.where(support, p * (p.where(support, one).log() - q.where(support, one).log()), torch.zeros_like(p))
