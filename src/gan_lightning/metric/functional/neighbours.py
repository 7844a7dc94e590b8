"""Nearest neighbours: reals next to each fake, and repeats among the fakes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.core.chunks import chunks
from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional.inputs import as_row_pair, as_rows


class Neighbours(NamedTuple):
    """Distances to the nearest neighbours and their row numbers, nearest first."""

    distances: Tensor  # float64 [N, k]
    indices: Tensor  # int64 [N, k]


def nearest_real(real: Tensor, fake: Tensor, k: int = 1) -> Neighbours:
    """The `k` nearest reals of each fake, by Euclidean distance between features or pixels.

    Args:
        real: [N, ...].
        fake: [M, ...], of the same shape per sample.
        k: number of neighbours.

    Returns:
        Distances and row numbers of the reals, [M, k]; the distance of a copy is 0 exactly.

    Raises:
        UsageError: see `as_row_pair`; or there are fewer than `k` reals.
    """
    real, fake = as_row_pair(real, fake)
    if not 1 <= k <= len(real):
        raise UsageError(f"nearest_real: k={k} of {len(real)} real samples: give 1 to {len(real)}")
    return nearest(fake, real, k)


def repeat_rate(samples: Tensor, tolerance: float = 0.0) -> float:
    """Share of samples that lie within `tolerance` of an earlier one; with 0, 1 - (distinct samples) / N.

    A generator of n distinct images shows 1 - n/N, where a Fréchet distance notices little. As few repeats as one in a
    sample of N tell of a support of the order of N² (Arora & Zhang 2017, arXiv:1706.08224). Bring images to 8 bits
    first: two that are equal when stored are one.

    Args:
        samples: features or pixels [N, ...].
        tolerance: Euclidean distance, in the units of `samples`.
    """
    samples = as_rows("samples", samples)
    if tolerance == 0:
        distinct: Tensor = torch.unique(samples, dim=0)
        return 1 - len(distinct) / len(samples)
    earlier = nearest(samples, samples, 1, pairs=torch.gt)
    return (earlier.distances <= tolerance).double().mean().item()


def distance_tiles(x: Tensor, y: Tensor) -> Iterator[tuple[slice, slice, Tensor]]:
    """Euclidean distances between the rows of `x` [N, d] and `y` [M, d], tile by tile, in double precision.

    From inner products where that is faster: off by 1e-8 of the rows' norms at most, near zero.
    """
    for i in chunks(len(x)):
        part = x[i].double()
        for j in chunks(len(y)):
            yield i, j, torch.cdist(part, y[j].double())


def nearest(x: Tensor, y: Tensor, k: int, pairs: Callable[[Tensor, Tensor], Tensor] | None = None) -> Neighbours:
    """The `k` nearest rows of `y` for each row of `x`.

    Args:
        x: [N, d].
        y: [M, d].
        k: at most M.
        pairs: predicate on pairs of row numbers: `torch.ne` leaves the row itself out, `torch.gt` all but earlier rows.

    Returns:
        Distances, infinite where fewer than `k` rows count, and row numbers.
    """
    distances = torch.full((len(x), k), math.inf, dtype=torch.float64, device=x.device)
    indices = torch.zeros(len(x), k, dtype=torch.int64, device=x.device)
    for i, j, tile in distance_tiles(x, y):
        columns = torch.arange(j.start, j.stop, device=x.device)
        if pairs is not None:
            tile[~pairs(torch.arange(i.start, i.stop, device=x.device)[:, None], columns)] = math.inf
        both = torch.cat([distances[i], tile], 1)
        distances[i], place = both.topk(k, largest=False)
        indices[i] = torch.cat([indices[i], columns.expand(len(tile), -1)], 1).gather(1, place)
    # Differences are exact where inner products step, so that copies have distance 0.
    for i in chunks(len(x)):
        for column in range(k):
            exact = torch.linalg.vector_norm(x[i].double() - y[indices[i, column]].double(), dim=1)
            distances[i, column] = exact.where(distances[i, column].isfinite(), distances[i, column])
    return Neighbours(distances, indices)
