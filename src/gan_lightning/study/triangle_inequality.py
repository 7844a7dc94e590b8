"""The triangle inequality of divergences: which of them are distances."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

import numpy as np
import torch
from torch import Tensor

from gan_lightning.core.rng import derive_seed
from gan_lightning.core.validation import Index, LargeCount, Positive, SmallCount, validate_arguments
from gan_lightning.study.figure.triangle_inequality import ROUNDING, detours
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.theory import jensen_shannon, kl, total_variation, wasserstein_1d

Divergence = Callable[[Tensor, Tensor], float]


def _wasserstein(p: Tensor, q: Tensor) -> float:
    places = torch.arange(len(p), dtype=torch.float64)
    return wasserstein_1d(places, places, p, q).item()


DIVERGENCES: Mapping[str, Divergence] = {
    "KL": lambda p, q: kl(p, q).item(),
    "JSD": lambda p, q: jensen_shannon(p, q).item(),
    "√JSD": lambda p, q: jensen_shannon(p, q).sqrt().item(),
    "TV": lambda p, q: total_variation(p, q).item(),
    "W": _wasserstein,
}
# Two distributions that are disjoint, and the mean of both between them.
BETWEEN = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]], dtype=torch.float64)


class TriangleInequality:
    """d(p, r) ≤ d(p, q) + d(q, r), for random distributions over a few atoms on a line.

    JSD is no distance, its square root is one (Endres & Schindelin 2003, DOI 10.1109/TIT.2003.813506). A ratio
    d(p, r) / (d(p, q) + d(q, r)) above 1 is a detour that is shorter than the direct way.

    Args:
        atoms: of a distribution.
        triples: of distributions.
        concentration: of the Dirichlet distribution that they are drawn from; below 1 most of the mass is on few atoms.
        seed: of them.
    """

    @validate_arguments
    def __init__(
        self, *, atoms: SmallCount = 3, triples: LargeCount = 5000, concentration: Positive = 0.5, seed: Index = 0
    ) -> None:
        self.atoms, self.triples, self.concentration, self.seed = atoms, triples, concentration, seed

    def run(self) -> Findings:
        """See `Study.run`."""
        rng = np.random.default_rng(derive_seed(self.seed, "triples"))
        triples = torch.from_numpy(rng.dirichlet([self.concentration] * self.atoms, (self.triples, 3)))
        found = {name: [_ratio(one, triple) for triple in triples] for name, one in DIVERGENCES.items()}
        example = {name: _ratio(one, BETWEEN) for name, one in DIVERGENCES.items()}
        return Findings(_table(found), _summary(found, example), detours(found), _conclusions(found))


def _ratio(divergence: Divergence, triple: Tensor) -> float:
    p, q, r = triple
    return divergence(p, r) / (divergence(p, q) + divergence(q, r))


def _table(found: Mapping[str, list[float]]) -> Table:
    columns = {"divergence": "", "triple": "", "direct way": "over the detour"}
    rows: list[list[Value]] = [[name, k, ratio] for name, ratios in found.items() for k, ratio in enumerate(ratios)]
    return Table(columns, rows)


def _summary(found: Mapping[str, list[float]], example: Mapping[str, float]) -> Table:
    columns = {"": "", "largest ratio": "direct way over the detour", "violations": "share of triples"}
    columns |= {"(1, 0), (½, ½), (0, 1)": "its ratio"}
    rows: list[list[Value]] = [
        [name, max(ratios), _violations(ratios) / len(ratios), example[name] if isfinite(example[name]) else None]
        for name, ratios in found.items()
    ]
    return Table(columns, rows)


def _conclusions(found: Mapping[str, list[float]]) -> list[str]:
    lines = []
    for name, ratios in found.items():
        if broken := _violations(ratios):
            lines.append(f"{name} is no distance: {broken:,} of {len(ratios):,} detours are shorter.")
        else:
            lines.append(f"{name} keeps the inequality in all {len(ratios):,}: at most {max(ratios):.4f}.")
    return lines


def _violations(ratios: Sequence[float]) -> int:
    return sum(ratio > 1 + ROUNDING for ratio in ratios)
