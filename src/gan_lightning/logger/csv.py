"""All metrics of a run in one table."""

from __future__ import annotations

import csv
import io
from argparse import Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only

from gan_lightning.core.atomic_file import write_bytes
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.number_table import read_rows
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.validation import validate_arguments

Row = dict[str, str]


class CSV(Logger):
    """Writes `metrics.csv`: a row for each step at which something was logged, its first column `step`.

    All metrics of one step share one row. A new metric adds a column. Numbers keep all their digits; an empty cell is a
    metric that was not logged at that step. A row is on disk when `log_metrics` returns.

    Args:
        directory: the run directory.
    """

    @validate_arguments
    def __init__(self, directory: str) -> None:
        super().__init__()
        self.path = Path(directory) / "metrics.csv"
        self._columns: list[str] = []
        self._last: Row = {}
        self._last_offset = 0  # byte offset of the last row
        self._opened = False

    @property
    def name(self) -> str:
        """Required by Lightning."""
        return "csv"

    @property
    def version(self) -> str:
        """Empty: a run directory holds one run."""
        return ""

    @property
    def save_dir(self) -> str:
        """The run directory."""
        return str(self.path.parent)

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Does nothing: the config has a file of its own."""

    @rank_zero_only
    def rewind(self, step: int) -> None:
        """Removes the rows after `step`: a resumed run logs them again. Damaged rows are left out, after a line."""
        self._opened = True
        damaged: list[int] = []
        rows = read_rows(self.path, "step", damaged) if self.path.is_file() else []
        if damaged:
            kept = self.path.with_name("metrics.damaged.csv")
            write_bytes(kept, self.path.read_bytes())
            print_rank_zero(
                f"warning: {relative_to_cwd(self.path)} has {len(damaged)} damaged lines, the first is line "
                f"{damaged[0]}: they are left out, and the file as it was is {kept.name}"
            )
        rows = [row for row in rows if int(row["step"]) <= step]
        self._columns = list(dict.fromkeys(key for row in rows for key in row))
        if self.path.exists():
            self._rewrite(rows)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Adds metrics of a step; without `step`, to the last row."""
        if not self._opened:
            self.rewind((step or 0) - 1)
        current = self._last.get("step", "0") if step is None else str(step)
        same_row = self._last.get("step") == current
        cells = {key: _cell(value) for key, value in metrics.items()}
        row = (self._last if same_row else {}) | cells | {"step": current}
        if row.keys() <= set(self._columns):
            self._write_last(row, offset=self._last_offset if same_row else self.path.stat().st_size)
        else:
            rows = _rows(self.path)
            self._columns = list(dict.fromkeys(["step", *self._columns, *row]))
            self._rewrite([*(rows[:-1] if same_row else rows), row])

    def _write_last(self, row: Row, offset: int) -> None:
        with self.path.open("r+b") as file:
            file.seek(offset)
            file.write(self._line(row))
            file.truncate()
        self._last, self._last_offset = row, offset

    def _rewrite(self, rows: list[Row]) -> None:
        """Replaces the file atomically."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = [_line(self._columns) if self._columns else b"", *map(self._line, rows)]
        write_bytes(self.path, b"".join(lines))
        self._last, self._last_offset = rows[-1] if rows else {}, sum(map(len, lines[:-1]))

    def _line(self, row: Row) -> bytes:
        return _line(row.get(key, "") for key in self._columns)


def read(path: Path | str) -> list[dict[str, float]]:
    """The rows of a `metrics.csv`, each without its empty cells; none if there is no file."""
    return [{key: float(cell) for key, cell in row.items()} for row in _rows(Path(path))]


def last(directory: Path | str) -> dict[str, float]:
    """The last value of every column in the run directory's `metrics.csv`."""
    metrics: dict[str, float] = {}
    for row in read(Path(directory) / "metrics.csv"):
        metrics |= row
    return metrics


def _rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    return read_rows(path, "step")


def _cell(value: Any) -> str:
    number = value.item() if hasattr(value, "item") else value
    return repr(number) if type(number) is int else repr(float(number))


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
