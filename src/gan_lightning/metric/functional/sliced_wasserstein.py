"""Sliced Wasserstein distance: Wasserstein distances of one-dimensional projections."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional.inputs import as_row_pair
from gan_lightning.theory.quantiles import wasserstein_1d


def sliced_wasserstein(
    real: Tensor, fake: Tensor, rng: torch.Generator, projections: int = 128, order: float = 1.0
) -> float:
    """(E_θ W_p(θ·x, θ·y)^p)^(1/p) over directions θ uniform on the sphere (Rabin et al. 2011; Bonneel et al. 2015).

    Karras et al. 2018 (arXiv:1710.10196, section 5) take it of order 1 on patches of a Laplacian pyramid; here it is of
    whatever rows are given. It takes O(n log n) time for each direction and needs no feature network.

    Args:
        real: rows [N, d].
        fake: rows [M, d].
        rng: draws the directions; the global one is left alone.
        projections: number of directions.
        order: p, at least 1.

    Returns:
        The distance, in units of the rows.

    Raises:
        UsageError: see `as_row_pair`; or there is no direction.
    """
    real, fake = as_row_pair(real, fake)
    if projections < 1:
        raise UsageError(f"sliced_wasserstein: projections={projections}: give 1 or more")
    directions = torch.randn(projections, real.shape[1], generator=rng, dtype=torch.float64)
    directions = (directions / directions.norm(dim=1, keepdim=True)).to(real.device)
    x, y = (rows.double() @ directions.T for rows in (real, fake))
    costs = [wasserstein_1d(x[:, k], y[:, k], order=order) ** order for k in range(projections)]
    mean: float = torch.stack(costs).mean().item()
    return mean if order == 1 else float(mean ** (1 / order))
