"""The dimension of a generator's samples: at most that of the latents."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.autograd.functional import jvp

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.freeze import train_mode
from gan_lightning.theory.distribution import Numbers, as_float64

ROWS = 1024  # points whose distances to all others are held at a time


def jacobian(generator: nn.Module, latents: Tensor) -> Tensor:
    """dG/dz at each latent: its columns span the tangent space of the generator's image.

    Args:
        generator: latents [B, n] → samples [B, *shape]; in eval mode, each sample independent of the others.
        latents: [B, n].

    Returns:
        [B, numbers per sample, n].
    """
    axes = torch.eye(latents.shape[1], dtype=latents.dtype, device=latents.device)
    with train_mode(generator, training=False):
        columns = [_along(generator, latents, axis.expand_as(latents)) for axis in axes]
    return torch.stack(columns, dim=2)


def jacobian_rank(generator: nn.Module, latents: Tensor) -> Tensor:
    """The dimension of the generator's image around each latent, at most dim z: the rank of its Jacobian.

    Its samples lie on countably many manifolds of dimension dim z or less: in a larger space it has no
    density (Arjovsky & Bottou 2017, arXiv:1701.04862, lemma 1).

    Args:
        generator: as for `jacobian`.
        latents: [B, n]. Their precision decides which directions are too faint to count.

    Returns:
        int64 [B].
    """
    ranks: Tensor = torch.linalg.matrix_rank(jacobian(generator, latents))
    return ranks


def shared_directions(real: Tensor, fake: Tensor) -> Tensor:
    """The number of dimensions that two tangent spaces share: rank r + rank f - rank of both together.

    Spaces in general position share max(0, r + f - d) of d dimensions. Two manifolds that meet are perfectly aligned
    only if they share more, which almost no perturbation leaves so (Arjovsky & Bottou 2017, lemmas 2 and 3).

    Args:
        real: columns that span the one, [..., d, n], as `jacobian` gives them.
        fake: columns that span the other, [..., d, m].

    Returns:
        int64 [...].
    """
    rank = torch.linalg.matrix_rank
    shared: Tensor = rank(real) + rank(fake) - rank(torch.cat([real, fake], dim=-1))
    return shared


def intrinsic_dimension(points: Numbers) -> float:
    """The intrinsic dimension of a sample, by two nearest neighbours (Facco et al. 2017, arXiv:1803.06992).

    Where the density is flat across the second neighbour's distance r₂, μ = r₂/r₁ has the density d μ^(-d-1). The paper
    fits a line; here d is the estimate of maximum likelihood, (N - 1)/Σ log μ, with a relative standard error of 1/√N.
    In many dimensions it falls short, since most points lie near an edge: 4,000 points in a cube of 10 give 8.8.

    Args:
        points: [N, *shape], at least 3, all different.

    Raises:
        UsageError: fewer points, or some twice: repetitions have no dimension.
    """
    points = as_float64(points).flatten(1)
    if len(points) < 3:
        raise UsageError(f"intrinsic_dimension: {len(points)} points: give at least 3, better thousands")
    nearest = [
        torch.cdist(some, points, compute_mode="donot_use_mm_for_euclid_dist").topk(3, largest=False).values
        for some in torch.split(points, ROWS)
    ]
    _, first, second = torch.cat(nearest).unbind(1)
    if not first.all():
        raise UsageError(f"intrinsic_dimension: {int((first == 0).sum())} points appear twice: remove repetitions")
    return (len(points) - 1) / (second / first).log().sum().item()


def _along(generator: nn.Module, latents: Tensor, direction: Tensor) -> Tensor:
    derivative: Tensor = jvp(generator, latents, direction)[1]  # type: ignore[no-untyped-call]
    return derivative.flatten(1)
