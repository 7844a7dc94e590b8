"""What the benchmarks share: times of one CPU core, taken in turns, and tables of them."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean, median, stdev
from time import process_time
from typing import Any, TypeVar

import torch

Line = dict[str, Any]
Name = TypeVar("Name")


def medians(plays: Mapping[Name, Callable[[], object]], repeats: int = 7, least: float = 0.05) -> dict[Name, float]:
    """Seconds of CPU time that each takes: all are timed in turns, so that they meet the same machine.

    Args:
        plays: what to time, by name; each is called once before.
        repeats: blocks of each, whose median counts.
        least: seconds that a block lasts; short ones are called many times.
    """
    calls: dict[Name, int] = {}
    for name, play in plays.items():
        play()
        calls[name] = max(1, round(least / max(_seconds(play, 1), 1e-9)))
    times: dict[Name, list[float]] = {name: [] for name in plays}
    for _ in range(repeats):
        for name, play in plays.items():
            times[name].append(_seconds(play, calls[name]))
    return {name: median(values) for name, values in times.items()}


def _seconds(play: Callable[[], object], calls: int) -> float:
    since = process_time()
    for _ in range(calls):
        play()
    return (process_time() - since) / calls


def parser(about: str | None) -> argparse.ArgumentParser:
    """Of the options that every benchmark has."""
    found = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--quick", action="store_true", help="small sizes, few repetitions")
    found.add_argument("--json", type=Path, help="also write the lines here")
    return found


def measure_runs(
    about: str | None, kind: str, line_of: Callable[..., Line], sizes: Sequence[int], quick: Sequence[int]
) -> None:
    """The command of a benchmark of trained runs: a line for each directory that is typed, on one thread.

    Args:
        about: the benchmark, for its help.
        kind: of the runs, likewise.
        line_of: a run's directory and the sizes to its line.
        sizes: numbers of samples.
        quick: the same with `--quick`.
    """
    options = parser(about)
    options.add_argument("runs", type=Path, nargs="+", help=f"directories of runs of {kind}")
    options.add_argument("--seeds", action="store_true", help="runs of one recipe: also their mean, standard error")
    arguments = options.parse_args()
    if arguments.seeds and len(arguments.runs) < 2:
        options.error("--seeds needs two runs or more")
    torch.set_num_threads(1)
    lines = [line_of(run, *(quick if arguments.quick else sizes)) for run in arguments.runs]
    if arguments.seeds:
        lines += over_seeds(lines)
    show(lines)
    write(arguments.json, lines)


def over_seeds(lines: Sequence[Line]) -> list[Line]:
    """Two lines more: the mean of each number over several, and its standard error; words stay those of the first."""
    numbers = {key: [line[key] for line in lines] for key, value in lines[0].items() if isinstance(value, float)}

    def summary(name: str, of: Callable[[list[float]], float]) -> Line:
        return lines[0] | {"run": name} | {key: of(values) for key, values in numbers.items()}

    return [summary("mean", mean), summary("standard error", lambda values: stdev(values) / len(values) ** 0.5)]


def machine() -> Line:
    """What the figures depend on."""
    return {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "cpus": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
    }


def show(lines: Sequence[Mapping[str, Any]], title: str = "") -> None:
    """Prints lines of equal keys as a table: words to the left, numbers to the right with three digits that count."""
    if title:
        print(f"\n{title}")
    columns = list(lines[0])
    cells = [columns, *([_cell(line[c]) for c in columns] for line in lines)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    words = [isinstance(lines[0][c], str) for c in columns]
    for row in cells:
        padded = [cell.ljust(w) if word else cell.rjust(w) for cell, w, word in zip(row, widths, words, strict=True)]
        print("  ".join(padded).rstrip(), flush=True)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
        return f"{value:,.{digits}f}"
    return f"{value:.1e}"


def write(path: Path | None, lines: Sequence[Mapping[str, Any]]) -> None:
    """Writes the machine and the lines as JSON, where there is a path."""
    if path is not None:
        path.write_text(json.dumps({"machine": machine(), "lines": list(lines)}, indent=1) + "\n")
