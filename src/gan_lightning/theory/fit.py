"""The Gaussian nearest to a mixture in forward KL (mode covering) and in reverse KL (mode seeking)."""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from gan_lightning.core.errors import UsageError
from gan_lightning.theory.distribution import Numbers, as_float64, as_masses, grid

REACH, CELLS = 7.0, 112  # quadrature under a standard normal: step 1/8, tails of 1e-11 omitted


class GaussianFits(NamedTuple):
    """Fits to one target p: `covers` is argmin KL(p‖q), `selects` is argmin KL(q‖p)."""

    covers: MultivariateNormal
    selects: MultivariateNormal


def gaussian_mixture(means: Numbers, std: Numbers, weights: Numbers | None = None) -> MixtureSameFamily:
    """Mixture of isotropic Gaussians N(mean, std² I), as a `torch.distributions` object.

    Args:
        means: [k, d].
        std: of each component, [k], or one number.
        weights: [k], unnormalised; equal if omitted.

    Raises:
        UsageError: shapes do not match, a standard deviation is not positive, weights are negative or all 0.
    """
    means, std = as_float64(means), as_float64(std)
    weights = torch.ones(means.shape[:1], dtype=torch.float64) if weights is None else as_masses(weights, "weights")
    if means.dim() != 2 or std.shape not in ((), means.shape[:1]) or weights.shape != means.shape[:1]:
        shapes = ", ".join(str(tuple(given.shape)) for given in (means, std, weights))
        raise UsageError(f"means, std and weights of shapes {shapes}: give [k, d], [k] and [k]")
    if not (std > 0).all() or not weights.sum() > 0:
        raise UsageError("every std and the sum of the weights must be above 0")
    roots = std.expand(len(means))[:, None, None] * torch.eye(means.shape[1], dtype=torch.float64)
    return MixtureSameFamily(Categorical(weights), MultivariateNormal(means, scale_tril=roots))


def fit_gaussian(target: MixtureSameFamily) -> GaussianFits:
    """The Gaussian q nearest to a mixture p of Gaussians, by either direction of KL (Bishop 2006, section 10.1.2).

    Forward, min KL(p‖q) has a closed form: q has p's mean and covariance. It covers every mode and the space between.
    Reverse, min KL(q‖p) avoids regions where p is small: it selects one mode if the modes are far apart. It is found
    by LBFGS from every component and from the forward fit, since there may be several local minima; of equal ones the
    first is returned.

    Args:
        target: a mixture of `MultivariateNormal`, in one or two dimensions (three take minutes).
    """
    weights, components = target.mixture_distribution.probs, cast(MultivariateNormal, target.component_distribution)
    mean = weights @ components.mean
    offsets = components.mean - mean
    covers = MultivariateNormal(
        mean, torch.einsum("k,kij->ij", weights, components.covariance_matrix) + offsets.T * weights @ offsets
    )
    starts = [*zip(components.mean, components.scale_tril, strict=True), (covers.mean, covers.scale_tril)]
    fits = [_minimize_reverse_kl(target, *start) for start in starts]
    return GaussianFits(covers, min(fits, key=lambda q: round(reverse_kl_to(target, q).item(), 6)))


def reverse_kl_to(target: MixtureSameFamily, q: MultivariateNormal) -> Tensor:
    """KL(q‖p) in nats: the entropy in closed form, E_q log p by quadrature on a grid that is scaled with q."""
    d = len(q.mean)
    points = grid(-REACH, REACH, CELLS, d).points.reshape(-1, d)
    density = torch.softmax(-points.square().sum(1) / 2, dim=0)
    log_likelihood: Tensor = density @ target.log_prob(q.mean + points @ q.scale_tril.T)  # type: ignore[no-untyped-call]
    entropy: Tensor = q.entropy()  # type: ignore[no-untyped-call]
    return -entropy - log_likelihood


def _minimize_reverse_kl(target: MixtureSameFamily, mean: Tensor, cholesky: Tensor) -> MultivariateNormal:
    # The Cholesky factor's diagonal is parametrised by its logarithm, so that it stays positive.
    mean, below = mean.clone().requires_grad_(), cholesky.tril(-1).requires_grad_()
    logs = cholesky.diagonal().log().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [mean, below, logs], max_iter=500, tolerance_grad=1e-9, tolerance_change=1e-14, line_search_fn="strong_wolfe"
    )

    def gaussian() -> MultivariateNormal:
        return MultivariateNormal(mean, scale_tril=below.tril(-1) + logs.exp().diag())

    def closure() -> Tensor:
        optimizer.zero_grad()
        divergence = reverse_kl_to(target, gaussian())
        torch.autograd.backward(divergence)
        return divergence

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    found = gaussian()
    return MultivariateNormal(found.mean.detach(), scale_tril=found.scale_tril.detach())
