"""The objective that the non-saturating loss minimises at the optimal critic: opposite gradients, and missing modes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from gan_lightning.core.console import progress_bar
from gan_lightning.core.validation import Count, LargeCount, Positive, validate_arguments
from gan_lightning.plot.series import Array
from gan_lightning.study.figure.non_saturating import pulls
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.theory import grid, jensen_shannon, kl, non_saturating_gradients, reverse_kl

REACH, CELLS = 16.0, 1600
WIDE, RATE = 2.0, 0.05  # of a descent: initial standard deviation of the generator, learning rate of Adam
OUTLIERS, FAR = 0.01, 10.0  # fraction of fakes far off the data, and their distance from it
DRAWN = ("KL(p‖q)", "KL(q‖p) - 2 JSD")

Costs = Mapping[str, Array]  # objective → its values


class Objective(NamedTuple):
    """A divergence of the real and the fake density, as a generator's objective."""

    name: str
    value: Callable[[Tensor, Tensor], Tensor]


class DescentResult(NamedTuple):
    """The Gaussian at the end of the descent of an objective."""

    objective: str
    start: float
    mean: float
    std: float


class NonSaturatingPulls:
    """E_g[-log D*] = KL(q‖p) - 2 JSD up to a constant of q (Arjovsky & Bottou 2017, arXiv:1701.04862, theorem 2.5).

    Real p is ½ N(-gap/2, 1) + ½ N(gap/2, 1), fake q a Gaussian or a mixture; critics are optimal, in closed form, on a
    grid. Nothing is random. The paper has the theorem, without a figure.

    Args:
        gap: between the modes.
        starts: number of initial generators N(μ, σ²), with σ = 2 and μ evenly spaced over the data.
        steps: of each descent.
    """

    @validate_arguments
    def __init__(self, *, gap: Positive = 8.0, starts: Count = 8, steps: LargeCount = 300) -> None:
        self.gap, self.starts, self.steps = gap, starts, steps
        line = grid(-REACH - gap, REACH + gap, CELLS)
        self.points, self.cell = line.points, line.cell
        self.left, self.right = self.gaussian(-gap / 2), self.gaussian(gap / 2)
        self.real = (self.left + self.right) / 2

        def jsd(p: Tensor, q: Tensor) -> Tensor:
            return 2 * jensen_shannon(p, q, self.cell)

        def reverse(p: Tensor, q: Tensor) -> Tensor:
            return reverse_kl(p, q, self.cell)

        self.objectives = (
            Objective("KL(p‖q)", lambda p, q: kl(p, q, self.cell)),
            Objective("KL(q‖p)", reverse),
            Objective("2 JSD", jsd),
            Objective("KL(q‖p) - 2 JSD", lambda p, q: reverse(p, q) - jsd(p, q)),
        )

    def gaussian(self, mean: float | Tensor, std: float | Tensor = 1.0) -> Tensor:
        """The density of a Gaussian on the grid."""
        density = torch.exp(-(((self.points - mean) / std) ** 2) / 2)
        return density / (self.cell * density.sum())

    def run(self) -> Findings:
        """See `Study.run`."""
        means = np.linspace(-self.gap, self.gap, 121)
        shares, outliers = np.linspace(0, 0.5, 51), np.linspace(0, 2 * OUTLIERS, 41)
        gradients = self._gradients(means)
        far = self.gaussian(self.gap / 2 + FAR)
        missing = self._costs([share * self.right + (1 - share) * self.left for share in shares])
        outlier_costs = self._costs([share * far + (1 - share) * self.real for share in outliers])
        ends = [self._descend(o, at) for o in self.objectives for at in progress_bar(self._starts(), o.name)]
        drawn = {name: [self.gaussian(e.mean, e.std).numpy() for e in ends if e.objective == name] for name in DRAWN}
        figure = pulls(
            (means, gradients),
            (shares, missing),
            (outliers, outlier_costs),
            (self.points.numpy(), self.real.numpy(), drawn),
        )
        table = _table((means, gradients), (shares, missing), (outliers, outlier_costs), ends)
        summary = self._summary(missing, outlier_costs, ends)
        return Findings(table, summary, figure, _conclusions(means, gradients, missing, outlier_costs, ends))

    def _gradients(self, means: Array) -> Array:
        """Of KL(q‖p) - 2 JSD, KL(q‖p) and JSD, in the mean of a Gaussian, [means, 3]."""
        found = [non_saturating_gradients(self.gaussian, self.real, float(mean), self.cell) for mean in means]
        return np.array([[gradient.item() for gradient in gradients] for gradients in found])

    def _costs(self, fakes: Sequence[Tensor]) -> dict[str, Array]:
        return {o.name: np.array([o.value(self.real, fake).item() for fake in fakes]) for o in self.objectives}

    def _starts(self) -> list[float]:
        return [float(at) for at in np.linspace(-self.gap / 2, self.gap / 2, self.starts)]

    def _descend(self, objective: Objective, start: float) -> DescentResult:
        parameters = torch.tensor([start, log(WIDE)], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.Adam([parameters], lr=RATE)
        for _ in range(self.steps):
            optimizer.zero_grad()
            torch.autograd.backward(objective.value(self.real, self.gaussian(parameters[0], parameters[1].exp())))
            optimizer.step()
        return DescentResult(objective.name, start, parameters[0].item(), parameters[1].exp().item())

    def _summary(self, missing: Costs, outlier_costs: Costs, ends: Sequence[DescentResult]) -> Table:
        columns = {"objective": "", "half of the data left out": "nats", "1% of the fakes made up": "nats"}
        rows: list[list[Value]] = [
            [
                name,
                float(missing[name][0]),
                float(outlier_costs[name][len(outlier_costs[name]) // 2]),
                count_selecting(name, ends),
            ]
            for name in missing
        ]
        return Table(columns | {"descents that end on one mode": f"of {self.starts}"}, rows)


def count_selecting(objective: str, ends: Sequence[DescentResult]) -> int:
    """Number of descents that end in a Gaussian about as narrow as one mode, which has standard deviation 1."""
    return sum(end.std < 1.5 for end in ends if end.objective == objective)


def _table(
    gradients: tuple[Array, Array],
    missing: tuple[Array, Costs],
    outlier_costs: tuple[Array, Costs],
    ends: Sequence[DescentResult],
) -> Table:
    columns = {"part": "", "quantity": "", "at": "", "value": "nats; std: length"}
    rows: list[list[Value]] = [
        ["slope in the place of N(at, 1)", name, float(at), float(value)]
        for name, column in zip(("KL(q‖p) - 2 JSD", "KL(q‖p)", "JSD"), gradients[1].T, strict=True)
        for at, value in zip(gradients[0], column, strict=True)
    ]
    for part, (places, prices) in (("share of one mode", missing), ("share made up", outlier_costs)):
        rows += [
            [part, name, float(at), float(value)]
            for name, values in prices.items()
            for at, value in zip(places, values, strict=True)
        ]
    rows += [["descent, mean at its end", end.objective, end.start, end.mean] for end in ends]
    rows += [["descent, std at its end", end.objective, end.start, end.std] for end in ends]
    return Table(columns, rows)


def _conclusions(
    means: Array, gradients: Array, missing: Costs, outlier_costs: Costs, ends: Sequence[DescentResult]
) -> list[str]:
    name, one = "KL(q‖p) - 2 JSD", len(outlier_costs["2 JSD"]) // 2
    attraction, repulsion = gradients[:, 1], -2 * gradients[:, 2]
    against = (attraction * repulsion < 0).mean()
    cancelled = (np.abs(repulsion) / np.maximum(np.abs(attraction), 1e-9))[attraction * repulsion < 0].max()
    left, made = {k: v[0] for k, v in missing.items()}, {k: v[one] for k, v in outlier_costs.items()}
    return [
        f"Opposite gradients: at {against:.0%} of the positions -2 JSD opposes KL(q‖p); at most it cancels "
        f"{cancelled:.0%} of the gradient towards the data.",
        f"Half of the data missing costs {left[name]:.3f} nats under -log D, {left['2 JSD']:.3f} under the minimax "
        f"loss and {left['KL(p‖q)']:.1f} under maximum likelihood.",
        f"One fake in a hundred far off the data costs {made[name]:.3f} under -log D, {made[name] / left[name]:.2g} "
        f"times as much as half of the data; {made['2 JSD']:.4f} under minimax, {made['KL(p‖q)']:.4f} under "
        "maximum likelihood.",
        f"Of {len(ends) // 4} descents of -log D, {count_selecting(name, ends)} end on one mode, "
        f"{count_selecting('2 JSD', ends)} of the minimax value and {count_selecting('KL(p‖q)', ends)} of "
        "maximum likelihood.",
    ]
