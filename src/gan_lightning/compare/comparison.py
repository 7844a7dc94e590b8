"""The comparison of runs: input of tables, figures and the page."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from gan_lightning.compare.figures import rank_correlation_of, rank_correlation_of_changes
from gan_lightning.compare.group import Group, Mean, groups
from gan_lightning.compare.measure import Measure, measures
from gan_lightning.compare.ranking import RankedBlock, blocks, choose
from gan_lightning.compare.run import Run, find
from gan_lightning.compare.setting import Setting, settings
from gan_lightning.compare.sweep import Sweep, sweeps


@dataclass(frozen=True, eq=False)
class Comparison:
    """A comparison of runs.

    Attributes:
        runs: all that were found.
        columns: settings that differ between them.
        groups: of the finished ones.
        left_out: the others, each with the reason.
        measures: all scores by provenance.
        by: the measure that groups are ranked by; None where there is none.
        blocks: the groups, ranked where they have that measure.
        sweeps: sets of groups in which a single number varies.
        burn_in: the first step of the correlation of estimates with scores.
    """

    runs: tuple[Run, ...]
    columns: tuple[Setting, ...]
    groups: tuple[Group, ...]
    left_out: tuple[tuple[Run, str], ...]
    measures: tuple[Measure, ...]
    by: Measure | None
    blocks: tuple[RankedBlock, ...]
    sweeps: tuple[Sweep, ...]
    burn_in: int = 0

    @property
    def ordered(self) -> list[Group]:
        """The groups in the order of the table."""
        return [group for block in self.blocks for group in block.groups]

    def rank_correlation(self, group: Group) -> Mean | None:
        """See `RankCorrelation.value`; the mean over the seeds."""
        return self._over_seeds(rank_correlation_of, group)

    def rank_correlation_of_changes(self, group: Group) -> Mean | None:
        """See `RankCorrelation.changes`; the mean over the seeds."""
        return self._over_seeds(rank_correlation_of_changes, group)

    def _over_seeds(self, function: Callable[..., float | None], group: Group) -> Mean | None:
        if self.by is None:
            return None
        return group.mean(functools.partial(function, score=self.by.name, burn_in=self.burn_in))


def compare_runs(places: Iterable[Path], rank: str | None = None, burn_in: int = 0) -> Comparison:
    """Compares the runs in these directories.

    Args:
        places: directories of runs or of sweeps.
        rank: the score to rank by; None: the preferred of those that most groups have.
        burn_in: see `Comparison`.

    Raises:
        UsageError: a directory holds no run, or no run has the score.
    """
    runs = find(places)
    started = [run for run in runs if "objective._target_" in run.config]
    columns = settings(started)
    finished = [run for run in started if not run.trouble]
    found, repeats = groups(finished, columns)
    left_out = [(run, run.trouble) for run in runs if run.trouble]
    left_out += [(run, "a later run has the same config and seed") for run in repeats]
    members = [run for group in found for run in group.runs]
    found_measures = measures(members)
    by = choose(found_measures, found, rank)
    return Comparison(
        runs=tuple(runs),
        columns=tuple(columns),
        groups=tuple(found),
        left_out=tuple(left_out),
        measures=tuple(found_measures),
        by=by,
        blocks=tuple(blocks(found, found_measures, by)),
        sweeps=tuple(sweeps(found, columns)),
        burn_in=burn_in,
    )
