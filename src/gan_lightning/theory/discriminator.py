"""The best answers a critic can give, where both densities are known.

Densities are positive numbers at the same points, in any shape; neither grid nor normalisation matters, except for
`game_value`. At points where neither distribution has mass the answer doesn't matter: it is ½, score 0.
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
        p: density of the reals.
        q: density of the fakes.
        real_target: label of the reals; 1 is no smoothing.
    """
    return real_target * _share(*_densities(p, q))


def optimal_logit(p: Numbers, q: Numbers) -> Tensor:
    """log D*/(1 - D*) = log p - log q: what a network without a sigmoid approaches; ±∞ where only one has mass."""
    p, q = _densities(p, q)
    neither = p + q == 0
    return torch.where(neither, 0.0, p.log() - q.log())


def optimal_least_squares(p: Numbers, q: Numbers, fake_label: float = 0.0, real_label: float = 1.0) -> Tensor:
    """(b p + a q)/(p + q), the mean label of the samples there (Mao et al. 2017, arXiv:1611.04076, eq. 5)."""
    return fake_label + (real_label - fake_label) * _share(*_densities(p, q))


def optimal_hinge(p: Numbers, q: Numbers) -> Tensor:
    """sign(p - q): the hinge loss is linear between its margins ±1, so the best critic stands on one of them.

    (Lim & Ye 2017, arXiv:1705.02894, section 3.) Where p = q every score between the margins is as good: 0.
    """
    p, q = _densities(p, q)
    return (p - q).sign()


def game_value(p: Numbers, q: Numbers, logit: Numbers | None = None, cell: float = 1.0) -> Tensor:
    """V = E_r log D + E_g log(1 - D), D = σ(logit), at most -log 4 + 2 JSD(p‖q) (Goodfellow et al. 2014, theorem 1).

    Args:
        p: real distribution: weights of atoms, or densities on a grid.
        q: fake distribution over the same.
        logit: the critic's scores there; the best ones if left out, which attain the bound.
        cell: volume of a cell, 1 for atoms.

    Raises:
        UsageError: p or q has another mass than 1, or shapes differ.
    """
    p, q = as_distributions(p, q, cell)
    scores = optimal_logit(p, q) if logit is None else as_float64(logit)
    if scores.shape != p.shape:
        raise UsageError(f"{tuple(scores.shape)} scores for {tuple(p.shape)} atoms: give one score an atom")
    return -cell * (_counted(p, softplus(-scores)) + _counted(q, softplus(scores))).sum()


def _densities(p: Numbers, q: Numbers) -> tuple[Tensor, Tensor]:
    p, q = as_masses(p, "p"), as_masses(q, "q")
    if p.shape != q.shape:
        raise UsageError(f"p is over {tuple(p.shape)} points, q over {tuple(q.shape)}: give both over the same ones")
    return p, q


def _share(p: Tensor, q: Tensor) -> Tensor:
    both = p + q
    return torch.where(both > 0, p / both.where(both > 0, torch.ones_like(both)), 0.5)


def _counted(mass: Tensor, cost: Tensor) -> Tensor:
    # No mass, no cost, even where the score is infinite.
    return torch.where(mass > 0, mass * cost, 0.0)
