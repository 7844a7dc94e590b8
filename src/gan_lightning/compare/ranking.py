"""Ranking of groups by a measure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gan_lightning.compare.group import Group
from gan_lightning.compare.measure import Measure
from gan_lightning.core.errors import UsageError, did_you_mean


@dataclass(frozen=True)
class RankedBlock:
    """Groups in one block of the table.

    Attributes:
        title: what they have in common.
        notes: a line for each difference in provenance that prevents ranking.
        groups: best first where they are ranked.
        measure: by which they are ranked; None where they are not.
    """

    title: str
    notes: tuple[str, ...]
    groups: tuple[Group, ...]
    measure: Measure | None = None


def choose(measures: Sequence[Measure], groups: Sequence[Group], name: str | None = None) -> Measure | None:
    """The measure to rank by: of scores with a known direction, the one that most groups have.

    Args:
        measures: the preferred first.
        groups: to be ranked.
        name: of the score, where the user chose one.

    Raises:
        UsageError: no run has that score, or its better direction is unknown.
    """
    able = [measure for measure in measures if name in (None, measure.name, measure.label)]
    if name is not None and not able:
        raise UsageError(f"rank={name} is no score of these runs: {did_you_mean(name, {m.name for m in measures})}")
    able = [measure for measure in able if measure.lower is not None]
    if name is not None and not able:
        raise UsageError(f"rank={name}: its better direction is not known; rank by another score")
    return max(able, key=lambda measure: sum(group.mean(measure.of) is not None for group in groups), default=None)


def blocks(groups: Sequence[Group], measures: Sequence[Measure], by: Measure | None) -> list[RankedBlock]:
    """The groups that `by` ranks, best first; then those with other provenance; then those without that score."""
    if by is None:
        return [RankedBlock("without scores", (), tuple(groups))] if groups else []
    values = {group.index: mean.value for group in groups if (mean := group.mean(by.of)) is not None}
    ranked = [group for group in groups if group.index in values]
    ranked.sort(key=lambda group: values[group.index] * (1 if by.lower else -1))
    found = [RankedBlock(f"by {by.label}", (), tuple(ranked), by)]
    rest = [group for group in groups if group.index not in values]
    for other in measures:
        if other.name != by.name or other == by:
            continue
        apart = tuple(group for group in rest if not math.isnan(_value(group, other)))
        if apart:
            rest = [group for group in rest if group not in apart]
            notes = tuple(other.provenance.differences(by.provenance)) if other.provenance and by.provenance else ()
            found.append(RankedBlock(f"{other.label} does not compare with {by.label}", notes, apart))
    if rest:
        found.append(RankedBlock(f"without {by.name}", (), tuple(rest)))
    return found


def _value(group: Group, measure: Measure) -> float:
    mean = group.mean(measure.of)
    return math.nan if mean is None else mean.value
