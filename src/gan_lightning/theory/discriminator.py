"""The optimal discriminator of two known densities, and the value of the minimax objective.

Densities are non-negative numbers at the same points, in any shape. Grid and normalisation do not matter, except for
`minimax_value`. At points where neither distribution has mass every output is optimal; D = ½ (logit 0) is returned.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from gan_lightning.core.errors import UsageError
from gan_lightning.theory.distribution import Numbers, as_distributions, as_float64, as_masses


def optimal_discriminator(p: Numbers, q: Numbers, real_target: float = 1.0) -> Tensor:
    """D* = p/(p + q), the probability that a point is real (Goodfellow et al. 2014, arXiv:1406.2661, proposition 1).

    With one-sided label smoothing it is real_target · D* (Salimans et al. 2016, arXiv:1606.03498, section 3.4).

    Args:
        p: density of the real distribution.
        q: density of the fake distribution.
        real_target: label of real samples; 1 means no smoothing.
    """
    p, q = _densities(p, q)
    both = p + q
    return real_target * torch.where(both > 0, p / both.where(both > 0, torch.ones_like(both)), 0.5)


def optimal_logit(p: Numbers, q: Numbers) -> Tensor:
    """log D*/(1 - D*) = log p - log q: the optimum of a network without a sigmoid; ±∞ where only one has mass."""
    p, q = _densities(p, q)
    neither = p + q == 0
    return torch.where(neither, 0.0, p.log() - q.log())


def minimax_value(p: Numbers, q: Numbers, logit: Numbers | None = None, cell: float = 1.0) -> Tensor:
    """V = E_r log D + E_g log(1 - D), D = σ(logit), at most -log 4 + 2 JSD(p‖q) (Goodfellow et al. 2014, theorem 1).

    Args:
        p: real distribution: weights of atoms, or densities on a grid.
        q: fake distribution over the same atoms or cells.
        logit: the critic's scores there; if omitted, the optimal ones, which attain the bound.
        cell: volume of a cell, 1 for atoms.

    Raises:
        UsageError: the mass of p or q is not 1, or shapes differ.
    """
    p, q = as_distributions(p, q, cell)
    scores = optimal_logit(p, q) if logit is None else as_float64(logit)
    if scores.shape != p.shape:
        raise UsageError(f"{tuple(scores.shape)} scores for {tuple(p.shape)} atoms: give one score per atom")
    return -cell * (_weighted(p, softplus(-scores)) + _weighted(q, softplus(scores))).sum()


def _densities(p: Numbers, q: Numbers) -> tuple[Tensor, Tensor]:
    p, q = as_masses(p, "p"), as_masses(q, "q")
    if p.shape != q.shape:
        raise UsageError(f"p is over {tuple(p.shape)} points, q over {tuple(q.shape)}: give both over the same points")
    return p, q


def _weighted(mass: Tensor, cost: Tensor) -> Tensor:
    # Where there is no mass the product is 0, even if the score is infinite.
    return torch.where(mass > 0, mass * cost, 0.0)
