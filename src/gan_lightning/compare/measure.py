"""Scores that compare, and those that do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gan_lightning.compare.run import Run
from gan_lightning.compare.score import Score, differences
from gan_lightning.metric.registry import lower_is_better, preference


@dataclass(frozen=True, eq=False)
class Measure:
    """A score as it was made in one way: what shares a measure can be ranked.

    Attributes:
        name: the score's.
        passport: how it was made.
        mark: tells measures of one name apart, A being the most frequent; empty where there is only one.
        floor: the score of real samples against real ones.
    """

    name: str
    passport: Mapping[str, Any]
    mark: str = ""
    floor: float | None = None

    @property
    def label(self) -> str:
        """Its name in tables."""
        return f"{self.name} [{self.mark}]" if self.mark else self.name

    @property
    def lower(self) -> bool | None:
        """Whether lower is better; None where nobody knows."""
        return lower_is_better(self.name)

    def of(self, run: Run) -> float | None:
        """The run's value, where it has one that was made in this way."""
        score = run.scores.get(self.name)
        return score.value if score and dict(score.passport) == dict(self.passport) else None


def measures(runs: Iterable[Run]) -> list[Measure]:
    """Every way in which every score was made, the preferred scores first, of one score the most frequent first."""
    by_name: dict[str, list[Score]] = {}
    for run in runs:
        for name, score in run.scores.items():
            by_name.setdefault(name, []).append(score)
    found = []
    for name in sorted(by_name, key=lambda name: (preference(name), name)):
        ways: list[list[Score]] = []
        for score in by_name[name]:
            way = next((way for way in ways if not differences(way[0].passport, score.passport)), None)
            if way is None:
                ways.append([score])
            else:
                way.append(score)
        ways.sort(key=len, reverse=True)
        for number_, way in enumerate(ways):
            floor = next((score.floor for score in way if score.floor is not None), None)
            found.append(Measure(name, way[0].passport, chr(ord("A") + number_) if len(ways) > 1 else "", floor))
    return found
