"""Distances between Gaussians in closed form."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.theory.distribution import Numbers, as_float64

ROUNDING = 1e-12  # relative: what is smaller counts as zero


def gaussian_kl(mean_p: Numbers, cov_p: Numbers, mean_q: Numbers, cov_q: Numbers) -> Tensor:
    """KL(N(μp, Σp) ‖ N(μq, Σq)) = ½[tr(Σq⁻¹Σp) + (μp-μq)ᵀΣq⁻¹(μp-μq) - d + log det Σq/det Σp], in nats (Kullback 1959).

    Flat Gaussians, whose covariances lack full rank, are compared within the subspace that they fill. From any that
    fills another subspace, however near, they are infinitely far.

    Args:
        mean_p: [d], or a number.
        cov_p: [d, d], or a variance.
        mean_q: as mean_p.
        cov_q: as cov_p.

    Raises:
        UsageError: shapes don't fit, or a covariance is not symmetric or not positive semi-definite.
    """
    mean_p, cov_p, mean_q, cov_q = _moments(mean_p, cov_p, mean_q, cov_q)
    shift = mean_p - mean_q
    fills, flat = _directions(cov_q)
    shifted_off = (shift @ flat).norm() > ROUNDING * shift.norm()
    spread_off = (cov_p @ flat).norm() > ROUNDING * cov_p.norm()
    shift, cov_p, cov_q = shift @ fills, fills.T @ cov_p @ fills, fills.T @ cov_q @ fills
    if shifted_off or spread_off or _directions(cov_p)[1].numel():
        return torch.tensor(math.inf, dtype=torch.float64)
    root_p, root_q = torch.linalg.cholesky(cov_p), torch.linalg.cholesky(cov_q)
    white = torch.linalg.solve_triangular(root_q, torch.cat([root_p, shift[:, None]], dim=1), upper=False)
    log_dets: Tensor = 2 * (root_q.diagonal().log() - root_p.diagonal().log()).sum()
    divergence: Tensor = (white.square().sum() - len(shift) + log_dets) / 2
    return divergence


def gaussian_w2(mean_p: Numbers, cov_p: Numbers, mean_q: Numbers, cov_q: Numbers) -> Tensor:
    """The Wasserstein-2 distance of two Gaussians; its square is the Fréchet distance behind FID.

    W₂² = ‖μp-μq‖² + tr(Σp + Σq - 2(ΣpΣq)^½) (Dowson & Landau 1982; Olkin & Pukelsheim 1982). The trace is computed as
    min ‖Σp^½ - Σq^½U‖² over orthogonal U (Bhatia et al. 2019, arXiv:1712.01504, theorem 1), a sum of squares, in which
    nothing cancels: equal Gaussians are 1e-15 apart, not 1e-8.

    Args:
        mean_p: [d], or a number.
        cov_p: [d, d], or a variance; of any rank.
        mean_q: as mean_p.
        cov_q: as cov_p.

    Raises:
        UsageError: shapes don't fit, or a covariance is not symmetric or not positive semi-definite.
    """
    mean_p, cov_p, mean_q, cov_q = _moments(mean_p, cov_p, mean_q, cov_q)
    root_p, root_q = _root(cov_p), _root(cov_q)
    left, _, right = torch.linalg.svd(root_q @ root_p)
    between = torch.cat([(mean_p - mean_q)[None], root_p - root_q @ left @ right])
    distance: Tensor = torch.linalg.vector_norm(between)
    return distance


def gaussian_w1(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    """The Wasserstein-1 distance of two Gaussians on the line.

    Quantiles are coupled with quantiles, so it is E|δ + sZ| with δ = μp-μq, s = |σp-σq|, Z ~ N(0, 1): the mean of a
    folded normal, s√(2/π) exp(-δ²/2s²) + δ erf(δ/s√2) (Leone et al. 1961).

    Raises:
        UsageError: a negative standard deviation.
    """
    if std_p < 0 or std_q < 0:
        raise UsageError(f"gaussian_w1: std_p={std_p}, std_q={std_q}: want 0 or more")
    shift, stretch = mean_p - mean_q, abs(std_p - std_q)
    if stretch == 0:
        return abs(shift)
    z = shift / stretch
    return stretch * math.sqrt(2 / math.pi) * math.exp(-z * z / 2) + shift * math.erf(z / math.sqrt(2))


def _moments(*moments: Numbers) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    mean_p, cov_p, mean_q, cov_q = (as_float64(moment) for moment in moments)
    if mean_p.dim() == cov_p.dim() == mean_q.dim() == cov_q.dim() == 0:
        mean_p, cov_p, mean_q, cov_q = mean_p[None], cov_p[None, None], mean_q[None], cov_q[None, None]
    d = mean_p.numel()
    if mean_p.shape != mean_q.shape or not cov_p.shape == cov_q.shape == (d, d) or mean_p.dim() != 1:
        shapes = ", ".join(str(tuple(m.shape)) for m in (mean_p, cov_p, mean_q, cov_q))
        raise UsageError(f"means and covariances of shapes {shapes}: want [d], [d, d], [d], [d, d]")
    for name, cov in (("cov_p", cov_p), ("cov_q", cov_q)):
        if not torch.allclose(cov, cov.T) or not torch.linalg.eigvalsh(cov)[0] >= -1e-8 * cov.norm():
            raise UsageError(f"{name} is not symmetric or has a negative eigenvalue: give E(x-μ)(x-μ)ᵀ")
    return mean_p, cov_p, mean_q, cov_q


@torch.no_grad()
def _directions(cov: Tensor) -> tuple[Tensor, Tensor]:
    # orthonormal columns: those in which there is spread, and the others
    if not len(cov):
        return cov, cov
    values, vectors = torch.linalg.eigh(cov)
    flat = values <= ROUNDING * values[-1]
    return vectors[:, ~flat], vectors[:, flat]


def _root(cov: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(cov)
    root: Tensor = vectors * values.clamp(min=0).sqrt() @ vectors.T
    return root
