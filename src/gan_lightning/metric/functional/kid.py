"""Kernel distance between two sets of features, without a Gaussian assumption."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.chunks import chunks
from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional.inputs import as_row_pair
from gan_lightning.metric.functional.spread import Estimate


def kid(real: Tensor, fake: Tensor, rng: torch.Generator, subsets: int = 100, size: int = 1000) -> Estimate:
    """Kernel Inception distance (Bińkowski et al. 2018, arXiv:1801.01401): `unbiased_mmd2` over random subsets.

    Args:
        real: real features [N, d].
        fake: fake features [M, d].
        rng: draws the subsets; the global one is left alone.
        subsets: number of subsets.
        size: samples of either set in each, drawn without replacement.

    Returns:
        Mean and standard deviation over the subsets. Subsets of one sample overlap: the deviation is no standard error.

    Raises:
        UsageError: a set is smaller than a subset, or see `as_row_pair`.
    """
    real, fake = as_row_pair(real, fake)
    if not 2 <= size <= min(len(real), len(fake)) or subsets < 1:
        raise UsageError(
            f"kid: {subsets} subsets of {size} from {len(real)} real and {len(fake)} fake: lower size, or score more"
        )
    values = [_mmd2(_draw(real, size, rng), _draw(fake, size, rng)) for _ in range(subsets)]
    return Estimate.over(torch.stack(values))


def unbiased_mmd2(real: Tensor, fake: Tensor) -> float:
    """Squared maximum mean discrepancy of all samples, k(x, y) = (x·y/d + 1)³, unbiased (so it may fall below zero).

    Σ_{i≠j} k(xᵢ, xⱼ) / N(N-1) + Σ_{i≠j} k(yᵢ, yⱼ) / M(M-1) - 2 Σ_{ij} k(xᵢ, yⱼ) / NM (Gretton et al. 2012, eq. 3),
    summed in tiles: memory does not grow with N².

    Args:
        real: real features [N, d].
        fake: fake features [M, d].

    Raises:
        UsageError: see `as_row_pair`; or a set has fewer than 2 samples.
    """
    return _mmd2(*as_row_pair(real, fake, least=2)).item()


def _mmd2(real: Tensor, fake: Tensor) -> Tensor:
    cross = _kernel_sum(real, fake) / (len(real) * len(fake))
    return _mean_of_pairs(real) + _mean_of_pairs(fake) - 2 * cross


def _mean_of_pairs(x: Tensor) -> Tensor:
    squares: Tensor = torch.linalg.vector_norm(x, dim=1, dtype=torch.float64).square()
    same: Tensor = (squares / x.shape[1] + 1).pow(3).sum()
    return (_kernel_sum(x, x) - same) / (len(x) * (len(x) - 1))


def _kernel_sum(x: Tensor, y: Tensor) -> Tensor:
    total = torch.zeros((), dtype=torch.float64, device=x.device)
    for i in chunks(len(x)):
        part = x[i].double() / x.shape[1]
        for j in chunks(len(y)):
            total += (part @ y[j].double().T + 1).pow(3).sum()
    return total


def _draw(x: Tensor, size: int, rng: torch.Generator) -> Tensor:
    order = torch.randperm(len(x), generator=rng, device=rng.device)
    return x[order[:size].to(x.device)]
