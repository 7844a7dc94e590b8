"""Groups of scores that compare: same name, same provenance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gan_lightning.compare.run import Run
from gan_lightning.metric.provenance import Provenance, TrainingProvenance
from gan_lightning.metric.registry import direction, ranking_key
from gan_lightning.metric.score import Score


@dataclass(frozen=True, eq=False)
class Measure:
    """A score with one provenance: runs that share a measure can be ranked by it.

    Attributes:
        name: of the score.
        provenance: how it was made.
        mark: distinguishes measures of one name, A being the most frequent; empty where there is only one.
        real_vs_real: the score of real samples against real ones.
    """

    name: str
    provenance: Provenance | TrainingProvenance | None
    mark: str = ""
    real_vs_real: float | None = None

    @property
    def label(self) -> str:
        """Its name in tables."""
        return f"{self.name} [{self.mark}]" if self.mark else self.name

    @property
    def lower(self) -> bool | None:
        """True if lower is better; None where the direction is unknown."""
        better = direction(self.name)
        return None if better is None else better == "lower"

    def of(self, run: Run) -> float | None:
        """The run's value, if it has one with this provenance."""
        score = run.scores.get(self.name)
        return score.value if score and score.provenance == self.provenance else None


def measures(runs: Iterable[Run]) -> list[Measure]:
    """All scores by provenance: the preferred scores first, of one score the most frequent provenance first."""
    by_name: dict[str, list[Score]] = {}
    for run in runs:
        for name, score in run.scores.items():
            by_name.setdefault(name, []).append(score)
    found = []
    for name in sorted(by_name, key=lambda name: (ranking_key(name), name)):
        ways: list[list[Score]] = []
        for score in by_name[name]:
            way = next((way for way in ways if way[0].provenance == score.provenance), None)
            if way is None:
                ways.append([score])
            else:
                way.append(score)
        ways.sort(key=len, reverse=True)
        for number, way in enumerate(ways):
            real_vs_real = next((score.real_vs_real for score in way if score.real_vs_real is not None), None)
            mark = chr(ord("A") + number) if len(ways) > 1 else ""
            found.append(Measure(name, way[0].provenance, mark, real_vs_real))
    return found
