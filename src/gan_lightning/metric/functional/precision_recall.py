"""Quality and variety apart: mutual coverage of the two sets' neighbourhoods."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional.inputs import as_row_pair
from gan_lightning.metric.functional.neighbours import distance_tiles, nearest

ROUNDING = 1 + 1e-9  # the balls are closed: a sample on the edge is inside, whatever the rounding of its distance


class PrecisionAndRecall(NamedTuple):
    """Precision and recall, both in [0, 1]."""

    precision: float
    recall: float


class DensityAndCoverage(NamedTuple):
    """Density, which may exceed 1, and coverage in [0, 1]."""

    density: float
    coverage: float


def precision_recall(real: Tensor, fake: Tensor, k: int = 3) -> PrecisionAndRecall:
    """Improved precision and recall (Kynkäänniemi et al. 2019, arXiv:1904.06991, eqs. 1 and 2).

    A set's manifold is the union of the closed balls around its samples that reach to their k-th neighbour in the set.
    Precision is the share of fakes inside the reals' manifold, recall that of reals inside the fakes'.

    Args:
        real: real features [N, d].
        fake: fake features [M, d]; the authors take N = M = 50,000. Compare at equal sizes only.
        k: the neighbour, itself not counted.

    Raises:
        UsageError: a set has no k-th neighbour, or see `as_row_pair`.
    """
    real, fake = _sets(real, fake, k)
    real_radii, fake_radii = _radii(real, k), _radii(fake, k)
    precise = torch.zeros(len(fake), dtype=torch.bool, device=fake.device)
    recalled = torch.zeros(len(real), dtype=torch.bool, device=real.device)
    for i, j, distances in distance_tiles(fake, real):
        precise[i] |= (distances <= real_radii[j]).any(1)
        recalled[j] |= (distances <= fake_radii[i, None]).any(0)
    return PrecisionAndRecall(_mean(precise), _mean(recalled))


def density_coverage(real: Tensor, fake: Tensor, k: int = 5) -> DensityAndCoverage:
    """Density and coverage (Naeem et al. 2020, arXiv:2002.09797, section 3): real balls only, so outliers weigh less.

    Density is the mean number of real balls that a fake lies in, over k: 1 in expectation where the distributions are
    one. Coverage is the share of real balls that hold a fake: then 1 - (N-1)…(N-k) / (2N-1)…(2N-k) for N = M, about
    1 - 2⁻ᵏ. The balls are closed, as in `precision_recall`; the authors' code takes open ones.

    Args:
        real: real features [N, d].
        fake: fake features [M, d].
        k: the neighbour, itself not counted.

    Raises:
        UsageError: a set has no k-th neighbour, or see `as_row_pair`.
    """
    real, fake = _sets(real, fake, k)
    radii = _radii(real, k)
    balls = torch.zeros(len(fake), dtype=torch.int64, device=fake.device)
    covered = torch.zeros(len(real), dtype=torch.bool, device=real.device)
    for i, j, distances in distance_tiles(fake, real):
        inside = distances <= radii[j]
        balls[i] += inside.sum(1)
        covered[j] |= inside.any(0)
    return DensityAndCoverage(_mean(balls) / k, _mean(covered))


def _sets(real: Tensor, fake: Tensor, k: int) -> tuple[Tensor, Tensor]:
    if k < 1:
        raise UsageError(f"k={k}: give 1 or more neighbours")
    return as_row_pair(real, fake, least=k + 1)


def _radii(samples: Tensor, k: int) -> Tensor:
    return nearest(samples, samples, k, pairs=torch.ne).distances[:, -1] * ROUNDING


def _mean(values: Tensor) -> float:
    return values.double().mean().item()
