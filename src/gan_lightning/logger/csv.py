"""Every figure of a run in one table."""

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
from gan_lightning.core.validation import validate_arguments

Row = dict[str, str]


class CSV(Logger):
    """Writes `metrics.csv`: a row for each step at which something was logged, its first column `step`.

    What is logged twice at the same step shares one row. A figure seen for the first time adds a column. Numbers
    keep all their digits; an empty cell is a figure that was not logged at that step. A row is on disk when
    `log_metrics` returns.

    Args:
        directory: the run directory.
    """

    @validate_arguments
    def __init__(self, directory: str) -> None:
        super().__init__()
        self.path = Path(directory) / "metrics.csv"
        self._columns: list[str] = []
        self._last: Row = {}
        self._last_begins = 0  # byte at which the last row begins
        self._opened = False

    @property
    def name(self) -> str:
        """Lightning asks for one."""
        return "csv"

    @property
    def version(self) -> str:
        """A run directory holds one run."""
        return ""

    @property
    def save_dir(self) -> str:
        """The run directory."""
        return str(self.path.parent)

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """The config has a file of its own."""

    @rank_zero_only
    def rewind(self, step: int) -> None:
        """Forgets the rows after `step`: a run that goes on from there logs them again."""
        self._opened = True
        rows = [row for row in _rows(self.path) if int(row["step"]) <= step]
        self._columns = list(dict.fromkeys(key for row in rows for key in row))
        if self.path.exists():
            self._rewrite(rows)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Adds the figures of step `step`; without a step they join the last step's."""
        if not self._opened:
            self.rewind((step or 0) - 1)
        this = self._last.get("step", "0") if step is None else str(step)
        again = self._last.get("step") == this
        figures = {key: _cell(value) for key, value in metrics.items()}
        row = (self._last if again else {}) | figures | {"step": this}
        if row.keys() <= set(self._columns):
            self._write_last(row, begins=self._last_begins if again else self.path.stat().st_size)
        else:
            rows = _rows(self.path)
            self._columns = list(dict.fromkeys(["step", *self._columns, *row]))
            self._rewrite([*(rows[:-1] if again else rows), row])

    def _write_last(self, row: Row, begins: int) -> None:
        with self.path.open("r+b") as file:
            file.seek(begins)
            file.write(self._line(row))
            file.truncate()
        self._last, self._last_begins = row, begins

    def _rewrite(self, rows: list[Row]) -> None:
        """Replaces the file in one move, so that no crash leaves half of it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = [_line(self._columns) if self._columns else b"", *map(self._line, rows)]
        write_bytes(self.path, b"".join(lines))
        self._last, self._last_begins = rows[-1] if rows else {}, sum(map(len, lines[:-1]))

    def _line(self, row: Row) -> bytes:
        return _line(row.get(key, "") for key in self._columns)


def read(path: Path | str) -> list[dict[str, float]]:
    """The rows of a `metrics.csv`, each with the figures that it has; none where there is no file."""
    return [{key: float(cell) for key, cell in row.items()} for row in _rows(Path(path))]


def last(directory: Path | str) -> dict[str, float]:
    """The last value of every figure in the run directory's `metrics.csv`."""
    figures: dict[str, float] = {}
    for row in read(Path(directory) / "metrics.csv"):
        figures |= row
    return figures


def _rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    text = path.read_bytes().decode()
    whole = text[: text.rfind("\n") + 1]  # a crash may have cut off the last line
    return [{key: cell for key, cell in row.items() if cell} for row in csv.DictReader(io.StringIO(whole, newline=""))]


def _cell(value: Any) -> str:
    number = value.item() if hasattr(value, "item") else value
    return repr(number) if type(number) is int else repr(float(number))


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
