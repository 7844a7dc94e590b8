"""Scores for people and for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.format import format_number
from gan_lightning.metric.base import Score
from gan_lightning.metric.evaluator import Evaluator
from gan_lightning.metric.provenance import Provenance

NAME = "scores.json"
ARROWS = {"lower": "↓", "higher": "↑"}


def write(
    folder: Path,
    scores: Sequence[Score],
    floor: Mapping[str, float],
    passports: Sequence[Provenance],
    name: str = NAME,
) -> Path:
    """Leaves `scores.json`, or another file: a list of name, value, floor and passport.

    JSON has no infinity: it is the string "inf", which `float` reads. A floor that nobody could measure is null.
    """
    entries: list[dict[str, Any]] = [
        {
            "name": score.name,
            "value": _plain(score.value),
            "floor": _plain(floor.get(score.name)),
            "passport": passport.to_dict(),
        }
        for score, passport in zip(scores, passports, strict=True)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / name, json.dumps(entries, indent=2, allow_nan=False) + "\n")
    return folder / name


def show(head: str, scores: Sequence[Score], judge: Evaluator, collapse: str | None, tail: str) -> None:
    """Prints them between two lines, and what they can't tell."""
    of = f"the {judge.split.replace('_', '-')} ones" if judge.n_spare_real is not None else "drawn afresh"
    notes = [f"{judge.n_fake:,} fakes; {judge.name}"]
    if judge.metric.uses_real:
        notes = [f"{judge.n_fake:,} fakes against {judge.n_real:,} reals of {judge.name}, {of}"]
    if not judge.real_vs_real:
        notes.append(
            f"too few reals for their own score at this size: {judge.n_spare_real:,} besides, for {judge.n_fake:,} in "
            f"place of fakes (n_fake={judge.n_spare_real} has one)"
        )
    if collapse:
        notes.append(f"the generator has collapsed: {collapse}")
    console = Console()
    console.print(Text(head), "", table(scores, judge.real_vs_real), "", sep="\n", soft_wrap=True)
    for line in (*notes, tail):
        console.print(Text(line, "dim"), soft_wrap=True)


def table(scores: Sequence[Score], floor: Mapping[str, float]) -> Table:
    """Name, value with its deviation, what real samples get, and which way is better."""
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    shown.add_column("score")
    for title in ("value", "", "real samples"):
        shown.add_column(title, justify="left" if not title else "right")
    shown.add_column("better")
    for score in scores:
        spread = "" if score.std is None else f"± {score.std:.2g}"
        reals = format_number(floor[score.name]) if score.name in floor else "-"
        shown.add_row(score.name, format_number(score.value), spread, reals, f"{ARROWS[score.better]} {score.better}")
    return shown


def _plain(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else str(value)
