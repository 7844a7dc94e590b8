"""Runs as a table of two swept keys: samples, a score and an outcome in each cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from gan_lightning.compare.group import Group, format_value
from gan_lightning.compare.measure import Measure
from gan_lightning.compare.outcome import Outcome, outcome_of_run
from gan_lightning.compare.run import Run
from gan_lightning.compare.setting import ABSENT
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.plot.result_grid import ResultCell, result_grid

SIZE = 360  # pixels of the longer side of a picture


@dataclass(frozen=True, eq=False)
class Cell:
    """The runs of one pair of values.

    Attributes:
        run: the one shown: of several, the one with the median score; None where there is none.
        outcome: of that run.
        score: of that run, with the name; empty where it has none.
        others: outcomes of all runs of the cell, where there are several.
    """

    run: Run | None
    outcome: Outcome
    score: str = ""
    others: str = ""

    @property
    def picture(self) -> Image.Image | None:
        """The run's last samples, reduced to `SIZE`."""
        if self.run is None or self.run.picture is None:
            return None
        with Image.open(self.run.picture) as found:
            picture: Image.Image = found.convert("RGB")
        picture.thumbnail((SIZE, SIZE), Image.Resampling.LANCZOS)
        return picture


@dataclass(frozen=True, eq=False)
class Grid:
    """A table of runs.

    Attributes:
        keys: of the rows and of the columns.
        rows: values of the first key, in the order of the sweep.
        columns: values of the second key.
        cells: [rows][columns].
    """

    keys: tuple[str, str]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]

    @property
    def counts(self) -> str:
        """Outcomes with their number: 17 success, 3 collapse, 8 failure."""
        return _counted([cell.outcome.word for row in self.cells for cell in row])


def grid(runs: Sequence[Run], keys: tuple[str, str], by: Measure | None) -> Grid:
    """Runs by the values of two keys.

    Args:
        runs: including unfinished ones.
        keys: overrides of a sweep's jobs (model, objective), or any keys of the configs.
        by: the score to show.

    Raises:
        UsageError: no run has the key.
    """
    rows, columns = (_values(runs, key) for key in keys)
    table = [
        tuple(
            _cell([run for run in runs if (_value(run, keys[0]), _value(run, keys[1])) == (row, column)], by)
            for column in columns
        )
        for row in rows
    ]
    return Grid(keys, rows, columns, tuple(table))


def figure(grid: Grid) -> Image.Image:
    """The table as an image."""
    cells = [[ResultCell(cell.picture, cell.outcome.word, cell.score) for cell in row] for row in grid.cells]
    return result_grid(grid.rows, grid.columns, cells)


def _values(runs: Sequence[Run], key: str) -> tuple[str, ...]:
    found = dict.fromkeys(_value(run, key) for run in runs)
    if set(found) <= {ABSENT}:
        known = {name for run in runs for name in (*run.typed, *run.config)}
        raise UsageError(f"grid={key}: no run has a {key}: {did_you_mean(key, known)}")
    return tuple(found)


def _value(run: Run, key: str) -> str:
    value: Any = run.typed.get(key, run.config.get(key, ABSENT))
    return format_value(value)


def _cell(runs: Sequence[Run], by: Measure | None) -> Cell:
    if not runs:
        return Cell(None, Outcome("not run", ""))

    def score(run: Run) -> float | None:
        return None if by is None else by.of(run)

    run = Group((), tuple(runs), "", 0).median_run(score)
    value = score(run)
    others = _counted([outcome_of_run(each).word for each in runs]) if len(runs) > 1 else ""
    text = "" if by is None or value is None else f"{by.name} {value:.4g}"
    return Cell(run, outcome_of_run(run), text, others)


def _counted(words: Sequence[str]) -> str:
    return ", ".join(f"{number} {word}" for word, number in Counter(words).most_common())
