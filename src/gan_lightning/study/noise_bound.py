"""Noise on both distributions: a bound of the Wasserstein distance, and a slope of the JSD."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import LargeCount, Positive, validate_arguments
from gan_lightning.study.figure.noise_bound import bounds
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.theory import grid, jensen_shannon, noise_bound

TEETH = 5
HALF = 0.5 / (TEETH - 1)  # half of the distance between neighbouring points
FINENESS, CELLS = 10, 4000  # cells per distance or noise std for the bound; cells in all for the slope of JSD
DRAWN = (0.01, 0.03, 0.1)  # standard deviations of the noise in the lower panels


class Level(NamedTuple):
    """Results for two combs at a distance, under noise of one standard deviation.

    Attributes:
        distance: between them, which is W.
        std: of the noise.
        spread, confusion: the bound's two parts, 2 V^½ and 2C √JSD.
        bound: their sum.
        divergence: JSD of the noisy combs.
        slope: its derivative in the distance.
    """

    distance: float
    std: float
    spread: float
    confusion: float
    bound: float
    divergence: float
    slope: float


class NoiseBounds:
    """W(p, q) ≤ 2 V^½ + 2C √JSD(p+ε ‖ q+ε) in numbers (Arjovsky & Bottou 2017, arXiv:1701.04862, theorem 3.3).

    p is five points evenly spread over [0, 1], q the same a little further on: disjoint, so that JSD is log 2, though
    all mass is close to its target. W is the shift. Nothing is random. The paper proves the bound, without a figure.

    Args:
        distances: shifts of q, at most half of the distance between the points.
        least: smallest standard deviation of the noise.
        most: largest standard deviation.
        levels: number of standard deviations, in equal ratios.

    Raises:
        UsageError: distances or levels are out of order or range.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        distances: tuple[Positive, ...] = (0.01, 0.03, 0.1),
        least: Positive = 0.002,
        most: Positive = 1.0,
        levels: LargeCount = 41,
    ) -> None:
        if not distances or max(distances) > HALF or not least < most or levels < 2:
            raise UsageError(f"study: give distances up to {HALF:g}, least below most, and two levels or more")
        self.distances, self.stds = sorted(distances), np.geomspace(least, most, levels)

    def run(self) -> Findings:
        """See `Study.run`."""
        levels = [_level(distance, float(std)) for distance in self.distances for std in self.stds]
        x = np.linspace(0.0, HALF, 101)
        curves = {std: np.array([_noisy(shift, std) for shift in x]) for std in DRAWN}
        best = [min((lv for lv in levels if lv.distance == d), key=lambda lv: lv.bound) for d in self.distances]
        figure = bounds(np.array(levels), x, curves)
        return Findings(_table(levels), _table(best), figure, _conclusions(levels, best))


def _level(distance: float, std: float) -> Level:
    steps = max(1, round(FINENESS * distance / std))
    spacing = distance / steps
    last = round(1 / spacing)
    p = torch.zeros(last + steps + 1, dtype=torch.float64)
    p[torch.linspace(0, last, TEETH).round().long()] = 1 / TEETH
    found = noise_bound(p, p.roll(steps), spacing, [std])
    return Level(distance, std, found.spread.item(), found.confusion.item(), found.bound.item(), *_noisy(distance, std))


def _noisy(distance: float, std: float) -> tuple[float, float]:
    """JSD of the combs under Gaussian noise, and its derivative in the distance."""
    cells = grid(-9 * std, 1 + distance + 9 * std, CELLS)
    shift = torch.tensor(distance, dtype=torch.float64, requires_grad=True)
    teeth = torch.linspace(0, 1, TEETH, dtype=torch.float64)[:, None]
    p, q = (torch.exp(-(((cells.points - teeth - offset) / std) ** 2) / 2).sum(0) for offset in (0.0, shift))
    p, q = (density / (cells.cell * density.sum().detach()) for density in (p, q))
    divergence = jensen_shannon(p, q, cells.cell)
    (slope,) = torch.autograd.grad(divergence, shift)
    return divergence.item(), slope.item()


def _table(levels: Sequence[Level]) -> Table:
    columns = {"distance = W": "", "noise std": "", "2 V^½": "", "2C √JSD": "", "bound": ""}
    rows: list[list[Value]] = [[*level, level.bound / level.distance] for level in levels]
    return Table(columns | {"JSD": "nats", "slope of JSD": "nats per length", "bound / W": ""}, rows)


def _conclusions(levels: Sequence[Level], best: Sequence[Level]) -> list[str]:
    n_hold = sum(level.bound >= level.distance for level in levels)
    least, at = next(level for level in levels if level.distance == best[-1].distance), best[-1]
    ratios = [level.bound / level.distance for level in best]
    return [
        f"The bound holds at {n_hold} of {len(levels)} pairs of distance and noise.",
        f"Noise of {least.std:g} leaves JSD at {least.divergence:.4f} at a distance of {least.distance:g}, its slope "
        f"at {abs(least.slope):.1g}: the critic is perfect, and the generator gets no gradient.",
        f"The tightest bound of that distance is at noise of {at.std:.2g}: {at.bound:.2f}, where JSD has a slope of "
        f"{at.slope:.2f}.",
        f"The bound is loose: at its tightest {min(ratios):.0f} to {max(ratios):.0f} times W. "
        "Both of its parts fall only if the noise is annealed while the generator approaches the data.",
    ]
