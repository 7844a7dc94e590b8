"""Noise on both sides: it bounds a distance that no density could see, and gives the divergence a slope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Positive, validate_arguments
from gan_lightning.study.figure.noise_bound import bounds
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.theory import grid, jensen_shannon, noise_bound

TEETH = 5
HALF = 0.5 / (TEETH - 1)  # of the way from point to point
FINENESS, CELLS = 10, 4000  # cells to a standard deviation for the bound; and for the slope of JSD, in all
DRAWN = (0.01, 0.03, 0.1)  # standard deviations of the noise in the lower panels


class Level(NamedTuple):
    """Two combs at a distance, under noise of one standard deviation.

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
    all mass is near where it should be. W is the distance that it was moved. Nothing is drawn at random. The paper
    proves the bound and has no figure of it.

    Args:
        distances: that q is moved by, at most half of what lies between the points.
        least: the noise's smallest standard deviation.
        most: the largest.
        levels: how many there are, in equal ratios.

    Raises:
        UsageError: distances or levels out of their order or range.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        distances: tuple[Positive, ...] = (0.01, 0.03, 0.1),
        least: Positive = 0.002,
        most: Positive = 1.0,
        levels: Count = 41,
    ) -> None:
        if not distances or max(distances) > HALF or not least < most or levels < 2:
            raise UsageError(f"study: give distances up to {HALF:g}, least below most, and two levels or more")
        self.distances, self.stds = sorted(distances), np.geomspace(least, most, levels)

    def run(self) -> Findings:
        """See `Study`."""
        found = [_level(distance, float(std)) for distance in self.distances for std in self.stds]
        places = np.linspace(0.0, HALF, 101)
        curves = {std: np.array([_noisy(x, std) for x in places]) for std in DRAWN}
        best = [min((lv for lv in found if lv.distance == d), key=lambda lv: lv.bound) for d in self.distances]
        picture = bounds(np.array(found), places, curves)
        return Findings(_table(found), _table(best), picture, _reading(found, best))


def _level(distance: float, std: float) -> Level:
    steps = max(1, round(FINENESS * distance / std))
    spacing = distance / steps
    last = round(1 / spacing)
    p = torch.zeros(last + steps + 1, dtype=torch.float64)
    p[torch.linspace(0, last, TEETH).round().long()] = 1 / TEETH
    sides = noise_bound(p, p.roll(steps), spacing, [std])
    return Level(distance, std, sides.spread.item(), sides.confusion.item(), sides.bound.item(), *_noisy(distance, std))


def _noisy(distance: float, std: float) -> tuple[float, float]:
    """JSD of the combs under Gaussian noise, and its derivative in the distance."""
    cells = grid(-9 * std, 1 + distance + 9 * std, CELLS)
    moved = torch.tensor(distance, dtype=torch.float64, requires_grad=True)
    teeth = torch.linspace(0, 1, TEETH, dtype=torch.float64)[:, None]
    p, q = (torch.exp(-(((cells.points - teeth - by) / std) ** 2) / 2).sum(0) for by in (0.0, moved))
    p, q = (density / (cells.cell * density.sum().detach()) for density in (p, q))
    divergence = jensen_shannon(p, q, cells.cell)
    (slope,) = torch.autograd.grad(divergence, moved)
    return divergence.item(), slope.item()


def _table(levels: Sequence[Level]) -> Table:
    columns = {"distance = W": "", "noise std": "", "2 V^½": "", "2C √JSD": "", "bound": ""}
    rows: list[list[Value]] = [[*level, level.bound / level.distance] for level in levels]
    return Table(columns | {"JSD": "nats", "slope of JSD": "nats per length", "bound / W": ""}, rows)


def _reading(found: Sequence[Level], best: Sequence[Level]) -> list[str]:
    held = sum(level.bound >= level.distance for level in found)
    quiet, at = next(level for level in found if level.distance == best[-1].distance), best[-1]
    ratios = [level.bound / level.distance for level in best]
    return [
        f"The bound holds at {held} of {len(found)} pairs of distance and noise.",
        f"Noise of {quiet.std:g} leaves JSD at {quiet.divergence:.4f} at a distance of {quiet.distance:g}, its slope "
        f"at {abs(quiet.slope):.1g}: a perfect critic, and nothing to learn from it.",
        f"Noise of {at.std:.2g} bounds that distance best, by {at.bound:.2f}, and gives JSD a slope of {at.slope:.2f}.",
        f"As proof of nearness the bound is loose: at its best {min(ratios):.0f} to {max(ratios):.0f} times W. "
        "Both of its parts fall only if the noise is annealed while the generator comes nearer.",
    ]
