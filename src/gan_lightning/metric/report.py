"""Scores on the terminal and in scores.json."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.errors import UsageError
from gan_lightning.core.format import format_number
from gan_lightning.core.paths import make_dir
from gan_lightning.metric.evaluator import Evaluator
from gan_lightning.metric.provenance import Provenance
from gan_lightning.metric.registry import register, registered
from gan_lightning.metric.score import Score

NAME = "scores.json"
ARROWS = {"lower": "↓ lower", "higher": "↑ higher", None: ""}


def write(folder: Path, scores: Sequence[Score], name: str = NAME) -> Path:
    """Writes `scores.json`, or another file: a list of name, value, real_vs_real, provenance; `better` of own scores.

    JSON has no infinity: it is the string "inf", which `float` reads. An unknown real_vs_real is null.
    """
    entries: list[dict[str, Any]] = [
        {
            "name": score.name,
            "value": _plain(score.value),
            "real_vs_real": _plain(score.real_vs_real),
            "provenance": None if score.provenance is None else score.provenance.to_dict(),
            **({"better": score.better} if score.name in registered() else {}),
        }
        for score in scores
    ]
    make_dir(folder, "out")
    write_text(folder / name, json.dumps(entries, indent=2, allow_nan=False) + "\n")
    return folder / name


def rows(scores: Sequence[Score], step: int) -> list[dict[str, Any]]:
    """A row for each score of a step, for tables of loggers."""
    found = []
    for score in scores:
        provenance = {} if score.provenance is None else score.provenance.to_dict()
        row = {"score": score.name, "value": score.value, "better": score.better, "real_vs_real": score.real_vs_real}
        found.append(row | {"step": step, "provenance": ", ".join(f"{key}: {it}" for key, it in provenance.items())})
    return found


def read(file: Path) -> list[Score]:
    """The inverse of `write`. Files of older versions have `passport` for provenance and `floor` for real_vs_real.

    Raises:
        UsageError: the file is not JSON, or an entry is missing, unknown or of another type.
    """
    try:
        return [_score(entry) for entry in json.loads(file.read_text(encoding="utf-8"))]
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not JSON: {error}") from error
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{file}: each score needs name, value and provenance: evaluate the run again") from error


def _score(entry: dict[str, Any]) -> Score:
    provenance = entry["provenance"] if "provenance" in entry else entry["passport"]
    real_vs_real = entry.get("real_vs_real", entry.get("floor"))
    register({str(entry["name"]): entry.get("better")})
    return Score(
        str(entry["name"]),
        float(entry["value"]),
        real_vs_real=None if real_vs_real is None else float(real_vs_real),
        provenance=Provenance.from_dict(provenance),
    )


def show(head: str, scores: Sequence[Score], evaluator: Evaluator, collapse: str | None, tail: str) -> None:
    """Prints the scores between two lines, and their limits."""
    spare, split = evaluator.n_spare_real, evaluator.split.replace("_", "-")
    notes = [f"{evaluator.n_fake:,} fakes; {evaluator.name}"]
    if evaluator.metric.uses_real:
        origin = "drawn afresh" if spare is None else f"the {split} ones"
        notes = [f"{evaluator.n_fake:,} fakes against {evaluator.n_real:,} reals of {evaluator.name}, {origin}"]
    if not evaluator.real_vs_real:
        notes.append(
            f"too few reals for their own score at this size: {spare:,} besides, for {evaluator.n_fake:,} in place of "
            f"fakes (n_fake={spare} has one)"
        )
    if collapse:
        notes.append(f"the generator has collapsed: {collapse}")
    console = Console()
    console.print(Text(head), "", table(scores), "", sep="\n", soft_wrap=True)
    for line in (*notes, tail):
        console.print(Text(line, "dim"), soft_wrap=True)


def show_files(lines: Sequence[str], scores: Sequence[Score], written: Sequence[Path]) -> None:
    """Prints the scores of stored samples below these lines, and the files that were written."""
    console = Console()
    console.print(*lines, sep="\n", soft_wrap=True, markup=False, highlight=False)
    if scores:
        console.print("", table(scores), "", sep="\n", soft_wrap=True)
    if written:
        console.print(Text(", ".join(map(str, written)), "dim"), soft_wrap=True)


def table(scores: Sequence[Score]) -> Table:
    """Name, value with its standard deviation, the score of real samples, and the better direction."""
    found = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    found.add_column("score")
    for title in ("value", "", "real samples"):
        found.add_column(title, justify="left" if not title else "right")
    found.add_column("better")
    for score in scores:
        spread = "" if score.std is None else f"± {score.std:.2g}"
        reals = "-" if score.real_vs_real is None else format_number(score.real_vs_real)
        found.add_row(score.name, format_number(score.value), spread, reals, ARROWS[score.better])
    return found


def _plain(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else str(value)
