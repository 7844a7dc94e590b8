"""Wasserstein-1 distance of two sets of points."""

from __future__ import annotations

from torch import Tensor

from gan_lightning.metric.functional.inputs import as_row_pair
from gan_lightning.theory.quantiles import wasserstein_1d
from gan_lightning.theory.transport import wasserstein


def exact_w1(real: Tensor, fake: Tensor) -> float:
    """Wasserstein-1 (earth mover's) distance of two samples, every point of a set with the same share of its mass.

    Exact, in memory of NM numbers; 2,500 points in the plane against as many take about a second. Two samples of one
    distribution are not at 0: compare it with that of two real samples.

    Args:
        real: points [N, d].
        fake: points [M, d].

    Returns:
        The distance, in units of the points.

    Raises:
        UsageError: see `as_row_pair`.
    """
    real, fake = as_row_pair(real, fake)
    if real.shape[1] == 1:
        return wasserstein_1d(real[:, 0], fake[:, 0]).item()
    return wasserstein(real, fake).item()
