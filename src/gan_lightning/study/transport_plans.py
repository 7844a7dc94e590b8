"""Every plan that moves a few boxes: the cheapest is the Wasserstein distance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.study.figure.transport_plans import Moving, plans
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.theory import transport, wasserstein_1d

Boxes = tuple[tuple[float, int], ...]  # (place, number of boxes) of each pile


EXAMPLES: tuple[tuple[str, Boxes, Boxes], ...] = (
    ("two boxes", ((1, 1), (4, 1)), ((2, 1), (5, 1))),
    ("all to the right", ((1, 3), (2, 2), (3, 1)), ((7, 1), (8, 1), (9, 3), (10, 1))),
    ("both ways", ((1, 3), (5, 2), (9, 1)), ((2, 1), (4, 1), (6, 3), (8, 1))),
)


class Plan(NamedTuple):
    """A way to move the boxes.

    Attributes:
        cost: Σ boxes · distance.
        moved: boxes from each pile to each place, [piles, places].
    """

    cost: float
    moved: tuple[tuple[int, ...], ...]


class TransportPlans:
    """The earth mover's distance of a few boxes on a line, by all plans there are.

    The plans of an example are all matrices of whole numbers with the boxes of each pile as sums of its rows and those
    of each place as sums of its columns. The cheapest of them is an optimal plan among all plans (the constraints are
    totally unimodular), so its cost is the distance times the number of boxes, which a linear program and the quantile
    functions find as well.

    Args:
        examples: (name, piles, places) of each, with both as ((position, boxes), …).
        max_plans: of an example; more are refused.

    Raises:
        UsageError: numbers of boxes differ or are below 1, or an example has too many plans to list.
    """

    @validate_arguments
    def __init__(
        self, *, examples: tuple[tuple[str, Boxes, Boxes], ...] = EXAMPLES, max_plans: LargeCount = 200_000
    ) -> None:
        if not examples:
            raise UsageError("study.examples is empty: give one or more, such as [[two,[[1,1],[4,1]],[[2,1],[5,1]]]]")
        for name, piles, places in examples:
            boxes = [sum(n for _, n in side) for side in (piles, places)]
            if boxes[0] != boxes[1] or min((n for side in (piles, places) for _, n in side), default=0) < 1:
                raise UsageError(
                    f"study.examples, {name}: {boxes[0]} boxes to move to {boxes[1]} places: give as many, one or more "
                    "of each"
                )
        self.max_plans = max_plans
        self.examples = {name: (piles, places) for name, piles, places in examples}

    def run(self) -> Findings:
        """See `Study.run`."""
        found = {
            name: _all_plans(name, *self.examples[name], self.max_plans)
            for name in progress_bar(list(self.examples), "examples")
        }
        drawn = {
            name: Moving(*self.examples[name], _matrix(one[0]), _matrix(one[-1]), one[0].cost, one[-1].cost)
            for name, one in found.items()
        }
        return Findings(self._table(found), self._summary(found), plans(drawn), self._conclusions(found))

    def _table(self, found: dict[str, list[Plan]]) -> Table:
        rows: list[list[Value]] = [[name, one.cost, str(one.moved)] for name, all_ in found.items() for one in all_]
        return Table({"example": "", "cost": "boxes · length", "boxes moved, pile by pile": ""}, rows)

    def _summary(self, found: dict[str, list[Plan]]) -> Table:
        columns = {"example": "", "plans": "", "cheapest": "", "dearest": "", "W": "linear program", "W ": "quantiles"}
        rows: list[list[Value]] = []
        for name, all_ in found.items():
            piles, places = self.examples[name]
            (x, p), (y, q) = (np.array(side, dtype=float).T for side in (piles, places))
            program = transport(np.abs(x[:, None] - y), p, q).cost.item()
            quantiles = wasserstein_1d(x, y, p / p.sum(), q / q.sum()).item()
            rows.append([name, len(all_), all_[0].cost, all_[-1].cost, program / p.sum(), quantiles])
        return Table(columns, rows)

    def _conclusions(self, found: dict[str, list[Plan]]) -> list[str]:
        return [self._conclusion(name, all_) for name, all_ in found.items()]

    def _conclusion(self, name: str, all_: Sequence[Plan]) -> str:
        piles, places = self.examples[name]
        boxes = sum(n for _, n in piles)
        share = f"W = {all_[0].cost:g}/{boxes} = {all_[0].cost / boxes:.4g}"
        if all_[0].cost < all_[-1].cost:
            return f"{name}: {len(all_):,} plans cost {all_[0].cost:g} to {all_[-1].cost:g}; the cheapest is {share}."
        if max(x for x, _ in piles) <= min(y for y, _ in places):
            return (
                f"{name}: each of {len(all_):,} plans costs {all_[0].cost:g}. Every box goes to the right, so that its "
                f"way is y - x, and the sum of all ways is Σ y - Σ x whoever goes where; {share}."
            )
        return f"{name}: each of {len(all_):,} plans costs {all_[0].cost:g}; {share}."


def _all_plans(name: str, piles: Boxes, places: Boxes, most: int) -> list[Plan]:
    """All plans, the cheapest first."""
    found = []
    for moved in _matrices(tuple(n for _, n in piles), tuple(n for _, n in places)):
        found.append(Plan(_cost(piles, places, moved), moved))
        if len(found) > most:
            raise UsageError(
                f"study.examples, {name}: it has more than {most:,} plans; give it fewer boxes, or a larger "
                "study.max_plans"
            )
    return sorted(found)


def _cost(piles: Boxes, places: Boxes, moved: tuple[tuple[int, ...], ...]) -> float:
    return sum(
        n * abs(x - y) for (x, _), row in zip(piles, moved, strict=True) for (y, _), n in zip(places, row, strict=True)
    )


def _matrices(rows: tuple[int, ...], columns: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """All matrices of whole numbers with these sums of rows and of columns."""
    if not rows:
        yield ()
        return
    for row in _splits(rows[0], columns):
        rest = tuple(room - n for room, n in zip(columns, row, strict=True))
        for others in _matrices(rows[1:], rest):
            yield (row, *others)


def _splits(n: int, rooms: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """All ways to put n boxes where there is room for so many."""
    if not rooms:
        if n == 0:
            yield ()
        return
    for first in range(min(n, rooms[0]) + 1):
        for others in _splits(n - first, rooms[1:]):
            yield (first, *others)


def _matrix(plan: Plan) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(plan.moved, dtype=float)
