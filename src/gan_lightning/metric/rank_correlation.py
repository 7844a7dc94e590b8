"""Rank correlation of the critic's divergence estimate with a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gan_lightning.metric.registry import direction

MIN_PAIRS = 3  # fewest steps for a correlation


class RankCorrelation(NamedTuple):
    """Agreement of a divergence estimate with a score over the steps of a run.

    Attributes:
        value: Spearman's ρ over the steps, from -1 to 1: the estimate falls as the samples get better. Steps of one run
            follow each other: two curves that only go down have ρ = 1 whatever they measure, and no significance
            can be read from n.
        changes: Spearman's ρ of the changes from each of these steps to the next: what is left without the trend.
        n: number of steps that have both.
    """

    value: float
    changes: float
    n: int


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's ρ, equal values sharing the mean of their ranks; nan if one of the two is constant.

    torchmetrics' `spearman_corrcoef` adds 1e-6 to the denominator, and gives 0 for a constant.
    """
    one, other = _ranks(np.asarray(x, dtype=np.float64)), _ranks(np.asarray(y, dtype=np.float64))
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def rank_correlation(
    rows: Sequence[Mapping[str, float]], estimate: str, score: str, burn_in: int = 0
) -> RankCorrelation | None:
    """Agreement of `estimate` with `score` over the steps that have both.

    A score that is better when it is higher is turned around: ρ = 1 always means that the estimate falls as
    the samples get better (Arjovsky et al. 2017, arXiv:1701.07875, figure 3, by a number).

    Args:
        rows: of `metrics.csv`.
        estimate: column of the loss's divergence.
        score: column of the score.
        burn_in: the first step that counts.

    Returns:
        None where fewer than 3 steps have both, as finite numbers.
    """
    _, x, y = pairs(rows, estimate, score, burn_in)
    if len(x) < MIN_PAIRS:
        return None
    sign = -1.0 if direction(score) == "higher" else 1.0
    return RankCorrelation(spearman(x, sign * y), spearman(np.diff(x), sign * np.diff(y)), len(x))


def column(rows: Sequence[Mapping[str, float]], divergence: str) -> str:
    """The column to compare with scores: the estimate's mean since the last scoring, where there is one.

    The estimate of one step is that of one batch.
    """
    mean = f"{divergence}_mean"
    return mean if any(mean in row for row in rows) else divergence


def pairs(
    rows: Sequence[Mapping[str, float]], estimate: str, score: str, burn_in: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Steps from `burn_in` on that have both values, and these, as three arrays."""
    nothing = float("nan")
    found = [(row["step"], row.get(estimate, nothing), row.get(score, nothing)) for row in rows]
    table = np.array([f for f in found if f[0] >= burn_in and np.isfinite(f).all()], dtype=np.float64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 for the least; equal values share the mean of their ranks."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[which.reshape(-1)]
    return ranks
