"""Output of a study: its files, and its summary on the terminal."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from gan_lightning.compare.group import Mean
from gan_lightning.core.atomic_file import write_bytes
from gan_lightning.study.tool.base import Findings, Table, Value


def write(folder: Path, name: str, findings: Findings) -> list[Path]:
    """Writes the table and the figures, each atomically.

    Returns:
        The files.
    """
    figures = {"": findings.figure} | {f"_{key}": figure for key, figure in findings.more_figures.items()}
    contents = {f"{name}.csv": text(findings.table).encode()}
    for suffix, figure in figures.items():
        png = io.BytesIO()
        figure.save(png, "PNG")
        contents[f"{name}{suffix}.png"] = png.getvalue()
    for file, content in contents.items():
        write_bytes(folder / file, content)
    return [folder / file for file in contents]


def text(table: Table) -> str:
    """The table as CSV, with units in brackets after the names and all digits of the numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"{name} [{unit}]" if unit else name for name, unit in table.columns.items()])
    writer.writerows([["" if value is None else value for value in row] for row in table.rows])
    return out.getvalue()


def show(title: str, findings: Findings) -> None:
    """Prints the summary and the conclusions."""
    screen = Console()
    if not screen.is_terminal:
        screen = Console(width=max(screen.width, 120))
    table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, (name, unit) in enumerate(findings.summary.columns.items()):
        is_text = all(isinstance(row[index], str) for row in findings.summary.rows)
        table.add_column(Text(f"{name}\n{unit}" if unit else name), justify="left" if is_text else "right")
    for row in findings.summary.rows:
        table.add_row(*map(format_value, row))
    screen.print(Text(title, style="bold"), soft_wrap=True)
    screen.print(table)
    for sentence in findings.conclusions:
        screen.print(Text(f"· {sentence}"), soft_wrap=True)


def format_value(value: Value) -> str:
    """A value with four significant digits."""
    if value is None:
        return "–"
    if isinstance(value, float) and not isinstance(value, Mean):
        return "∞" if value == math.inf else f"{value:.4g}"
    return str(value)
