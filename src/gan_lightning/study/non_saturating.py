"""What the non-saturating loss minimises where the critic is at its best: opposite pulls, and modes left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from gan_lightning.core.console import progress_bar
from gan_lightning.core.validation import Count, Positive, validate_arguments
from gan_lightning.plot.series import Array
from gan_lightning.study.figure.non_saturating import pulls
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.theory import grid, jensen_shannon, kl, non_saturating_gradients, reverse_kl

REACH, CELLS = 16.0, 1600
WIDE, RATE = 2.0, 0.05  # of a descent: the generator's standard deviation at its start, Adam's learning rate
JUNK, FAR = 0.01, 10.0  # share of the fakes, and how far off the data it is
DRAWN = ("KL(p‖q)", "KL(q‖p) - 2 JSD")

Prices = Mapping[str, Array]  # of each objective


class Objective(NamedTuple):
    """What a generator would minimise, of the real and the fake density."""

    name: str
    value: Callable[[Tensor, Tensor], Tensor]


class Ended(NamedTuple):
    """Where the descent of an objective took a Gaussian."""

    objective: str
    start: float
    mean: float
    std: float


class NonSaturatingPulls:
    """E_g[-log D*] = KL(q‖p) - 2 JSD up to a constant of q (Arjovsky & Bottou 2017, arXiv:1701.04862, theorem 2.5).

    Real p is ½ N(-gap/2, 1) + ½ N(gap/2, 1), fake q a Gaussian or a mixture; critics are the best there are, in closed
    form, on a grid. Nothing is drawn at random. The paper has the theorem and no figure.

    Args:
        gap: between the modes.
        starts: generators N(μ, σ²) that descend, from σ = 2 and μ spread evenly over the data.
        steps: of each descent.
    """

    @validate_arguments
    def __init__(self, *, gap: Positive = 8.0, starts: Count = 8, steps: Count = 300) -> None:
        self.gap, self.starts, self.steps = gap, starts, steps
        line = grid(-REACH - gap, REACH + gap, CELLS)
        self.points, self.cell = line.points, line.cell
        self.left, self.right = self.bell(-gap / 2), self.bell(gap / 2)
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

    def bell(self, mean: float | Tensor, std: float | Tensor = 1.0) -> Tensor:
        """The density of a Gaussian on the grid."""
        density = torch.exp(-(((self.points - mean) / std) ** 2) / 2)
        return density / (self.cell * density.sum())

    def run(self) -> Findings:
        """See `Study`."""
        places = np.linspace(-self.gap, self.gap, 121)
        shares, junk = np.linspace(0, 0.5, 51), np.linspace(0, 2 * JUNK, 41)
        gradients = self._gradients(places)
        far = self.bell(self.gap / 2 + FAR)
        left_out = self._prices([share * self.right + (1 - share) * self.left for share in shares])
        made_up = self._prices([share * far + (1 - share) * self.real for share in junk])
        ends = [self._descended(o, at) for o in self.objectives for at in progress_bar(self._starts(), o.name)]
        drawn = {name: [self.bell(e.mean, e.std).numpy() for e in ends if e.objective == name] for name in DRAWN}
        picture = pulls(
            (places, gradients), (shares, left_out), (junk, made_up), (self.points.numpy(), self.real.numpy(), drawn)
        )
        table = _table((places, gradients), (shares, left_out), (junk, made_up), ends)
        summary = self._summary(left_out, made_up, ends)
        return Findings(table, summary, picture, _reading(places, gradients, left_out, made_up, ends))

    def _gradients(self, places: Array) -> Array:
        """Of KL(q‖p) - 2 JSD, KL(q‖p) and JSD in the place of a Gaussian, [places, 3]."""
        found = [non_saturating_gradients(self.bell, self.real, float(at), self.cell) for at in places]
        return np.array([[pull.item() for pull in three] for three in found])

    def _prices(self, fakes: Sequence[Tensor]) -> dict[str, Array]:
        return {o.name: np.array([o.value(self.real, fake).item() for fake in fakes]) for o in self.objectives}

    def _starts(self) -> list[float]:
        return [float(at) for at in np.linspace(-self.gap / 2, self.gap / 2, self.starts)]

    def _descended(self, objective: Objective, start: float) -> Ended:
        at = torch.tensor([start, log(WIDE)], dtype=torch.float64, requires_grad=True)
        descent = torch.optim.Adam([at], lr=RATE)
        for _ in range(self.steps):
            descent.zero_grad()
            torch.autograd.backward(objective.value(self.real, self.bell(at[0], at[1].exp())))
            descent.step()
        return Ended(objective.name, start, at[0].item(), at[1].exp().item())

    def _summary(self, left_out: Prices, made_up: Prices, ends: Sequence[Ended]) -> Table:
        columns = {"objective": "", "half of the data left out": "nats", "1% of the fakes made up": "nats"}
        rows: list[list[Value]] = [
            [name, float(left_out[name][0]), float(made_up[name][len(made_up[name]) // 2]), selecting(name, ends)]
            for name in left_out
        ]
        return Table(columns | {"descents that end on one mode": f"of {self.starts}"}, rows)


def selecting(objective: str, ends: Sequence[Ended]) -> int:
    """How many descents end in a Gaussian about as narrow as one mode, which has standard deviation 1."""
    return sum(end.std < 1.5 for end in ends if end.objective == objective)


def _table(
    gradients: tuple[Array, Array], left_out: tuple[Array, Prices], made_up: tuple[Array, Prices], ends: Sequence[Ended]
) -> Table:
    columns = {"part": "", "quantity": "", "at": "", "value": "nats; std: length"}
    rows: list[list[Value]] = [
        ["slope in the place of N(at, 1)", name, float(at), float(value)]
        for name, column in zip(("KL(q‖p) - 2 JSD", "KL(q‖p)", "JSD"), gradients[1].T, strict=True)
        for at, value in zip(gradients[0], column, strict=True)
    ]
    for part, (places, prices) in (("share of one mode", left_out), ("share made up", made_up)):
        rows += [
            [part, name, float(at), float(value)]
            for name, values in prices.items()
            for at, value in zip(places, values, strict=True)
        ]
    rows += [["descent, mean at its end", end.objective, end.start, end.mean] for end in ends]
    rows += [["descent, std at its end", end.objective, end.start, end.std] for end in ends]
    return Table(columns, rows)


def _reading(places: Array, gradients: Array, left_out: Prices, made_up: Prices, ends: Sequence[Ended]) -> list[str]:
    name, one = "KL(q‖p) - 2 JSD", len(made_up["2 JSD"]) // 2
    pull, push = gradients[:, 1], -2 * gradients[:, 2]
    against = (pull * push < 0).mean()
    taken_back = (np.abs(push) / np.maximum(np.abs(pull), 1e-9))[pull * push < 0].max()
    left, made = {k: v[0] for k, v in left_out.items()}, {k: v[one] for k, v in made_up.items()}
    return [
        f"Opposite pulls: at {against:.0%} of the places -2 JSD pushes against KL(q‖p); at most it takes back "
        f"{taken_back:.0%} of the pull to the data.",
        f"Half of the data left out costs {left[name]:.3f} nats under -log D, {left['2 JSD']:.3f} in the game itself "
        f"and {left['KL(p‖q)']:.1f} by maximum likelihood.",
        f"One sample in a hundred made up costs {made[name]:.3f} under -log D, {made[name] / left[name]:.2g} times as "
        f"much as half of the data; {made['2 JSD']:.4f} in the game, {made['KL(p‖q)']:.4f} by maximum likelihood.",
        f"On one mode end {selecting(name, ends)} of {len(ends) // 4} descents of -log D, {selecting('2 JSD', ends)} "
        f"of the game's value and {selecting('KL(p‖q)', ends)} of maximum likelihood.",
    ]
