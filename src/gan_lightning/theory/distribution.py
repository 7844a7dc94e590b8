"""Grids, and validation of distributions: non-negative numbers that sum to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy.typing as npt
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError

Numbers: TypeAlias = Tensor | npt.ArrayLike
Sampler = Callable[[int, torch.Generator], Tensor]  # (n, rng) → n independent samples [n, *shape]

# Allowed deviation of a total mass from 1: covers single-precision sums and the tails outside a grid, and is far less
# than the error of a forgotten cell volume.
TOLERANCE = 1e-4


class Grid(NamedTuple):
    """Midpoints of equal cells, [cells] in one dimension, else [cells, ..., cells, dims]; and the volume of a cell."""

    points: Tensor
    cell: float


def grid(low: float, high: float, cells: int, dims: int = 1) -> Grid:
    """Divides [low, high]^dims into cells^dims equal cells.

    Sums over midpoints are integrals by the midpoint rule, exact to rounding for smooth densities that vanish before
    the ends.

    Raises:
        UsageError: low is not below high, or there is no cell or no dimension.
    """
    if not high > low or cells < 1 or dims < 1:
        raise UsageError(
            f"grid: low={low}, high={high}, cells={cells}, dims={dims}: low must be below high, the others at least 1"
        )
    step = (high - low) / cells
    ticks = low + step * (torch.arange(cells, dtype=torch.float64) + 0.5)
    points = ticks if dims == 1 else torch.stack(torch.meshgrid([ticks] * dims, indexing="ij"), dim=-1)
    return Grid(points, step**dims)


def as_float64(values: Numbers) -> Tensor:
    """The values in double precision on the CPU, attached to the graph."""
    return torch.as_tensor(values, dtype=torch.float64, device="cpu")


def as_masses(values: Numbers, name: str) -> Tensor:
    """The values in double precision, checked to be masses.

    Raises:
        UsageError: a value is negative, infinite or NaN; the message contains `name`, the argument's.
    """
    masses = as_float64(values)
    if not (masses.isfinite() & (masses >= 0)).all():
        raise UsageError(f"{name} contains negative, infinite or NaN masses: remove them")
    return masses


def as_distribution(values: Numbers, cell: float, name: str) -> Tensor:
    """The values in double precision, checked to be masses whose sum times `cell` is 1.

    Raises:
        UsageError: they are not; the message contains `name`, the argument's.
    """
    masses = as_masses(values, name)
    total = cell * masses.detach().sum().item()
    if abs(total - 1) > TOLERANCE:
        raise UsageError(
            f"{name} has the total mass {total:g}, not 1: divide by it, or give the cell volume of its grid"
        )
    return masses


def as_distributions(p: Numbers, q: Numbers, cell: float = 1.0) -> tuple[Tensor, Tensor]:
    """Two distributions over the same atoms or cells, in double precision.

    Raises:
        UsageError: one of them is not a distribution, or their shapes differ.
    """
    p, q = as_distribution(p, cell, "p"), as_distribution(q, cell, "q")
    if p.shape != q.shape:
        raise UsageError(f"p is over {tuple(p.shape)} atoms, q over {tuple(q.shape)}: give both over the same atoms")
    return p, q
