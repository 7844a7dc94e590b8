"""The best Gaussian for data of several modes, twice: one covers, one selects."""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from gan_lightning.core.errors import UsageError
from gan_lightning.theory.distribution import Numbers, as_float64, as_masses, grid

REACH, CELLS = 7.0, 112  # quadrature under a standard normal: steps of an eighth, and tails of 1e-11 left out


class Fits(NamedTuple):
    """Two Gaussians for one target: argmin KL(p‖q) and argmin KL(q‖p)."""

    covers: MultivariateNormal
    selects: MultivariateNormal


def gaussian_mixture(means: Numbers, std: Numbers, weights: Numbers | None = None) -> MixtureSameFamily:
    """Round Gaussians N(mean, std² I), in torch's own type.

    Args:
        means: [k, d].
        std: of each, [k], or one number.
        weights: [k], in any unit; equal if left out.

    Raises:
        UsageError: shapes don't fit, a standard deviation is not positive, weights are negative or all 0.
    """
    means, std = as_float64(means), as_float64(std)
    weights = torch.ones(means.shape[:1], dtype=torch.float64) if weights is None else as_masses(weights, "weights")
    if means.dim() != 2 or std.shape not in ((), means.shape[:1]) or weights.shape != means.shape[:1]:
        shapes = ", ".join(str(tuple(given.shape)) for given in (means, std, weights))
        raise UsageError(f"means, std and weights of shapes {shapes}: want [k, d], [k] and [k]")
    if not (std > 0).all() or not weights.sum() > 0:
        raise UsageError("every std and the sum of the weights must be above 0")
    roots = std.expand(len(means))[:, None, None] * torch.eye(means.shape[1], dtype=torch.float64)
    return MixtureSameFamily(Categorical(weights), MultivariateNormal(means, scale_tril=roots))


def fit_gaussian(target: MixtureSameFamily) -> Fits:
    """The Gaussian q nearest to a mixture p of Gaussians, by either direction of KL (Bishop 2006, section 10.1.2).

    Forward, min KL(p‖q) is in closed form: q has p's mean and covariance. It covers every mode and the desert between.
    Reverse, min KL(q‖p) keeps q off where p is small: it selects one mode as soon as they are far apart. It is found by
    descent from every component and from the cover, each of which may lead to another local minimum; of equals the
    first is taken.

    Args:
        target: a mixture of `MultivariateNormal`, in one or two dimensions (three take minutes).
    """
    share, parts = target.mixture_distribution.probs, cast(MultivariateNormal, target.component_distribution)
    mean = share @ parts.mean
    apart = parts.mean - mean
    covers = MultivariateNormal(
        mean, torch.einsum("k,kij->ij", share, parts.covariance_matrix) + apart.T * share @ apart
    )
    starts = [*zip(parts.mean, parts.scale_tril, strict=True), (covers.mean, covers.scale_tril)]
    found = [_descend(target, *start) for start in starts]
    return Fits(covers, min(found, key=lambda q: round(reverse_kl_to(target, q).item(), 6)))


def reverse_kl_to(target: MixtureSameFamily, q: MultivariateNormal) -> Tensor:
    """KL(q‖p) in nats: q's entropy is known, and E_q log p is summed over a grid that moves and stretches with q."""
    d = len(q.mean)
    points = grid(-REACH, REACH, CELLS, d).points.reshape(-1, d)
    share = torch.softmax(-points.square().sum(1) / 2, dim=0)
    likelihood: Tensor = share @ target.log_prob(q.mean + points @ q.scale_tril.T)  # type: ignore[no-untyped-call]
    entropy: Tensor = q.entropy()  # type: ignore[no-untyped-call]
    return -entropy - likelihood


def _descend(target: MixtureSameFamily, mean: Tensor, root: Tensor) -> MultivariateNormal:
    # The root's diagonal is kept positive by its logarithm.
    mean, below = mean.clone().requires_grad_(), root.tril(-1).requires_grad_()
    logs = root.diagonal().log().requires_grad_()
    descent = torch.optim.LBFGS(
        [mean, below, logs], max_iter=500, tolerance_grad=1e-9, tolerance_change=1e-14, line_search_fn="strong_wolfe"
    )

    def gaussian() -> MultivariateNormal:
        return MultivariateNormal(mean, scale_tril=below.tril(-1) + logs.exp().diag())

    def closure() -> Tensor:
        descent.zero_grad()
        divergence = reverse_kl_to(target, gaussian())
        torch.autograd.backward(divergence)
        return divergence

    descent.step(closure)  # type: ignore[no-untyped-call]
    found = gaussian()
    return MultivariateNormal(found.mean.detach(), scale_tril=found.scale_tril.detach())
