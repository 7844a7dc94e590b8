"""A comparison as a table on the terminal and as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gan_lightning.compare.comparison import Comparison
from gan_lightning.compare.group import Mean, correlation, format_value, leaf
from gan_lightning.compare.ranking import RankedBlock
from gan_lightning.compare.setting import ABSENT
from gan_lightning.core.format import table_cell
from gan_lightning.core.paths import relative_to_cwd

MAX_SCORES = 4  # columns on a terminal


def show(comparison: Comparison, console: Console) -> None:
    """Prints the blocks, the best first, and what was left out."""
    for block in comparison.blocks:
        console.print(Text(heading(block), style="bold"), soft_wrap=True)
        tables = [_table(comparison, block, scores) for scores in range(MAX_SCORES, 0, -1)]
        endless = console.options.update(max_width=1_000)
        fitting = (t for t in tables if console.measure(t, options=endless).maximum <= console.width)
        console.print(next(fitting, tables[-1]))
        for note in block.notes:
            console.print(Text(f"  {note}", style="dim"))
    for run, why in comparison.left_out:
        console.print(Text.assemble((f"left out  {relative_to_cwd(run.directory)}: ", "dim"), why), soft_wrap=True)


def heading(block: RankedBlock) -> str:
    """The title of a block, with the better direction."""
    if block.measure is None:
        return f"not ranked: {block.title}"
    better = "lower" if block.measure.lower else "higher"
    known = block.measure.real_vs_real
    reals = "" if known is None else f"; real against real {known:.4g}"
    return f"{block.title} ({better} is better{reals})"


def _table(comparison: Comparison, block: RankedBlock, most: int) -> Table:
    """The table of a block with at most `most` scores."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right")
    for setting in comparison.columns:
        table.add_column(leaf(setting.key), overflow="fold")
    table.add_column("seeds", justify="right", no_wrap=True)
    scores = [m for m in comparison.measures if any(group.mean(m.of) for group in block.groups)]
    if block.measure is not None:
        scores = [block.measure, *(m for m in scores if m is not block.measure)]
    for measure in scores[:most]:
        table.add_column(measure.name, justify="right", no_wrap=True)
    rhos = [comparison.rank_correlation(group) for group in block.groups]
    if any(rhos):
        table.add_column("loss ρ", justify="right", no_wrap=True)
    for place, (group, rho) in enumerate(zip(block.groups, rhos, strict=True), start=1):
        means = [group.mean(measure.of) for measure in scores[:most]]
        table.add_row(
            str(place) if block.measure else "–",
            *map(format_value, group.values),
            str(len(group.runs)),
            *(cell(mean, len(group.runs)) for mean in means),
            *([correlation(rho)] if any(rhos) else []),
            style="bold" if block.measure and place == 1 else None,
        )
    return table


def cell(mean: Mean | None, seeds: int) -> str:
    """A mean with its error, and the number of seeds where some have none."""
    if mean is None:
        return "–"
    return str(mean) if mean.n == seeds else f"{mean} (n={mean.n})"


def text(comparison: Comparison) -> str:
    """The table as CSV with all digits: the groups in ranked order, then the runs left out."""
    head = ["rank", "status", *(setting.key for setting in comparison.columns), "seeds"]
    for measure in comparison.measures:
        head += [measure.label, f"{measure.label} s.e.", f"{measure.label} n"]
    head += ["rho", "rho s.e.", "rho of changes", "rho of changes s.e.", "directories"]
    lines: list[list[Any]] = [head]
    for block in comparison.blocks:
        for place, group in enumerate(block.groups, start=1):
            means = [group.mean(measure.of) for measure in comparison.measures]
            numbers = [number for mean in means for number in _numbers(mean)]
            rhos = [
                *_numbers(comparison.rank_correlation(group))[:2],
                *_numbers(comparison.rank_correlation_of_changes(group))[:2],
            ]
            rank, status = (place, "ranked") if block.measure else ("", f"not ranked: {block.title}")
            places = ";".join(relative_to_cwd(run.directory) for run in group.runs)
            lines.append([rank, status, *map(_plain, group.values), len(group.runs), *numbers, *rhos, places])
    for run, why in comparison.left_out:
        values = [_plain(setting.of(run)) for setting in comparison.columns]
        empty = [""] * (len(head) - len(values) - 4)
        lines.append(["", f"left out: {why}", *values, 1, *empty, relative_to_cwd(run.directory)])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[table_cell(value) for value in line] for line in lines])
    return out.getvalue()


def _plain(value: Any) -> str:
    return "" if value == ABSENT else format_value(value)


def _numbers(mean: Mean | None) -> list[Any]:
    if mean is None:
        return ["", "", 0]
    return [repr(mean.value), "" if mean.error is None else repr(mean.error), mean.n]
