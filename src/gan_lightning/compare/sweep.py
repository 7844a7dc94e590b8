"""Sweeps: groups in which a single number varies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from gan_lightning.compare.group import Group, format_value, label, leaf
from gan_lightning.compare.setting import Setting, hashable


@dataclass(frozen=True)
class Sweep:
    """Groups that differ in a single number.

    Attributes:
        key: of the number.
        title: the key, and the settings in common.
        groups: in the order of their values.
        values: of the number.
    """

    key: str
    title: str
    groups: tuple[Group, ...]
    values: tuple[float, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The values with their key: gp_weight=0.1, ..."""
        return tuple(f"{leaf(self.key)}={format_value(value)}" for value in self.values)


def sweeps(groups: Sequence[Group], columns: Sequence[Setting]) -> list[Sweep]:
    """Every set of groups in which exactly one number varies; none where numbers vary in two ways, as in a grid."""
    found = [
        sweep
        for place, setting in enumerate(columns)
        for sweep in _along(groups, columns, place, setting)
        if len(sweep.groups) > 1
    ]
    times = Counter(group for sweep in found for group in sweep.groups)
    return [sweep for sweep in found if all(times[group] == 1 for group in sweep.groups)]


def _along(groups: Sequence[Group], columns: Sequence[Setting], place: int, setting: Setting) -> list[Sweep]:
    classes: dict[Any, list[Group]] = {}
    for group in groups:
        if _is_number(group.values[place]):
            rest = (*group.values[:place], *group.values[place + 1 :])
            classes.setdefault(tuple(map(hashable, rest)), []).append(group)
    found = []
    for members in classes.values():
        members.sort(key=lambda group: float(group.values[place]))
        values = tuple(float(group.values[place]) for group in members)
        if len(set(values)) < len(values):
            continue  # they differ in a key that is no column
        others = [other for index, other in enumerate(members[0].values) if index != place]
        common = label([*columns[:place], *columns[place + 1 :]], others)
        title = f"{setting.key} ({common})" if common else setting.key
        found.append(Sweep(setting.key, title, tuple(members), values))
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_geometric(values: Sequence[float]) -> bool:
    """True if the values suit a logarithmic axis: their ratios vary less than their steps do.

    Zeros are ignored; two values qualify if one is at least three times the other.
    """
    above = sorted(value for value in values if value > 0)
    if len(above) < 2 or min(values) < 0:
        return False
    if len(above) == 2:
        return above[1] >= 3 * above[0]
    ratios = [later / earlier for earlier, later in pairwise(above)]
    steps = [later - earlier for earlier, later in pairwise(above)]
    return min(ratios) > 1 and max(ratios) / min(ratios) < max(steps) / min(steps)
