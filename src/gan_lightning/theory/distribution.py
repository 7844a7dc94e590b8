"""What this package takes for a distribution: numbers that are not negative and sum to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy.typing as npt
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError

Numbers: TypeAlias = Tensor | npt.ArrayLike
Sampler = Callable[[int, torch.Generator], Tensor]  # (n, source) → n independent samples [n, *shape]

SLACK = 1e-4  # single-precision sums and the tails that a grid leaves out; far less than a forgotten cell volume


class Grid(NamedTuple):
    """The midpoints of equal cells: [cells] on a line, [cells, ..., cells, dims] in a cube; and a cell's volume."""

    points: Tensor
    cell: float


def grid(low: float, high: float, cells: int, dims: int = 1) -> Grid:
    """Cuts [low, high]^dims into cells^dims equal cells.

    Sums over midpoints are integrals by the midpoint rule, exact to rounding for smooth densities that die out before
    the ends.

    Raises:
        UsageError: an interval without length, or fewer than one cell or dimension.
    """
    if not high > low or cells < 1 or dims < 1:
        raise UsageError(f"grid: low={low}, high={high}, cells={cells}, dims={dims}: want low < high, and one of each")
    step = (high - low) / cells
    ticks = low + step * (torch.arange(cells, dtype=torch.float64) + 0.5)
    points = ticks if dims == 1 else torch.stack(torch.meshgrid([ticks] * dims, indexing="ij"), dim=-1)
    return Grid(points, step**dims)


def as_float64(values: Numbers) -> Tensor:
    """The values in double precision on the CPU, with their history."""
    return torch.as_tensor(values, dtype=torch.float64, device="cpu")


def as_masses(values: Numbers, name: str) -> Tensor:
    """The values in double precision, if they can be masses.

    Raises:
        UsageError: a value is negative, infinite or NaN; `name` tells which argument.
    """
    found = as_float64(values)
    if not (found.isfinite() & (found >= 0)).all():
        raise UsageError(f"{name} holds negative, infinite or NaN masses: take those out")
    return found


def distribution(values: Numbers, cell: float, name: str) -> Tensor:
    """The values in double precision, if `cell` times their sum is 1.

    Raises:
        UsageError: they can't be masses, or the total isn't 1; `name` tells which argument.
    """
    found = as_masses(values, name)
    total = cell * found.detach().sum().item()
    if abs(total - 1) > SLACK:
        raise UsageError(
            f"{name} has the total mass {total:g}, not 1: divide by it, or give the cell volume of its grid"
        )
    return found


def as_distributions(p: Numbers, q: Numbers, cell: float = 1.0) -> tuple[Tensor, Tensor]:
    """Two distributions over the same atoms or cells.

    Raises:
        UsageError: one of them is none, or their shapes differ.
    """
    p, q = distribution(p, cell, "p"), distribution(q, cell, "q")
    if p.shape != q.shape:
        raise UsageError(f"p is over {tuple(p.shape)} atoms, q over {tuple(q.shape)}: give both over the same ones")
    return p, q
