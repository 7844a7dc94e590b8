"""Groups of runs that differ by their seed only, and means over them."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gan_lightning.compare.run import Run
from gan_lightning.compare.setting import ABSENT, Setting, differing, hashable, identity
from gan_lightning.core.format import format_number


class Mean(NamedTuple):
    """A mean over seeds and its standard error; None for a single seed."""

    value: float
    error: float | None
    n: int

    @classmethod
    def over(cls, values: Sequence[float]) -> Mean | None:
        """Mean of the values that are not NaN, None where there are none; an infinite one makes the mean infinite."""
        numbers = [value for value in values if not math.isnan(value)]
        if not numbers or not math.isfinite(sum(numbers)):
            return cls(sum(numbers), None, len(numbers)) if numbers else None
        error = float(np.std(numbers, ddof=1)) / math.sqrt(len(numbers)) if len(numbers) > 1 else None
        return cls(float(np.mean(numbers)), error, len(numbers))

    def __str__(self) -> str:
        """0.1234 ± 0.0012: the error with two digits, the mean as far as the error goes."""
        if self.error is None:
            return format_number(self.value) if self.value else "0"
        if self.error == 0:
            return f"{self.value:.4g} ± 0"
        places = 1 - math.floor(math.log10(float(f"{self.error:.1e}")))
        if places > 6:
            return f"{self.value:.3g} ± {self.error:.1e}"
        return f"{self.value:,.{max(0, places)}f} ± {self.error:,.{max(0, places)}f}"


def correlation(mean: Mean | None) -> str:
    """Formats a mean of correlations with two decimals."""
    if mean is None:
        return "–"
    return f"{mean.value:.2f}" + ("" if mean.error is None else f" ± {mean.error:.2f}")


@dataclass(frozen=True, eq=False)
class Group:
    """Finished runs that differ by their seed only.

    Attributes:
        values: of the settings, in their order.
        runs: one for each seed.
        label: the values in words.
        index: its number among all groups, which gives it the same colour in all figures.
    """

    values: tuple[Any, ...]
    runs: tuple[Run, ...]
    label: str
    index: int

    def mean(self, value: Callable[[Run], float | None]) -> Mean | None:
        """Mean of a number over the runs that have it."""
        return Mean.over([v for run in self.runs if (v := value(run)) is not None])

    def median_run(self, value: Callable[[Run], float | None]) -> Run:
        """The run with the median value; of two in the middle, the lower."""
        having = sorted((run for run in self.runs if value(run) is not None), key=lambda run: value(run) or 0.0)
        return having[(len(having) - 1) // 2] if having else self.runs[0]


def groups(runs: Sequence[Run], columns: Sequence[Setting]) -> tuple[list[Group], list[Run]]:
    """Groups of finished runs, in the order of their values; and runs that repeat another.

    Two runs of one config and one seed are one observation: the later one counts.
    """
    keys = differing(runs)
    by_config: dict[Hashable, dict[Hashable, Run]] = {}
    repeats = []
    for run in runs:
        seeds = by_config.setdefault(identity(run.config, keys), {})
        if (before := seeds.get(hashable(run.seed))) is not None:
            repeats.append(before)
        seeds[hashable(run.seed)] = run
    members = sorted(by_config.values(), key=lambda seeds: _order(next(iter(seeds.values())), columns))
    found = []
    for index, seeds in enumerate(members):
        one = next(iter(seeds.values()))
        values = tuple(setting.of(one) for setting in columns)
        found.append(Group(values, tuple(seeds.values()), label(columns, values) or "all alike", index))
    return found, repeats


def label(columns: Sequence[Setting], values: Sequence[Any]) -> str:
    """Settings in a legend: wgan_gp, gp_weight=10."""
    parts = [
        format_value(value) if setting.source.endswith("_target_") else f"{leaf(setting.key)}={format_value(value)}"
        for setting, value in zip(columns, values, strict=True)
        if value not in (ABSENT, "none")
    ]
    return ", ".join(parts)


def leaf(key: str) -> str:
    """The last part of a dotted key, or the last two of a key of three or more."""
    parts = key.split(".")
    return ".".join(parts[-2:]) if len(parts) > 2 else parts[-1]


def format_value(value: Any) -> str:
    """A value of a config as it is typed."""
    if value is None:
        return "null"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _order(run: Run, columns: Sequence[Setting]) -> list[tuple[bool, float, str]]:
    return [_sortable(setting.of(run)) for setting in columns]


def _sortable(value: Any) -> tuple[bool, float, str]:
    """Numbers before words."""
    return (False, float(value), "") if isinstance(value, int | float) else (True, 0.0, str(value))
