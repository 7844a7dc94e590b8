"""Findings of the doctor, and the file `doctor.csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.format import table_cell

FILE = "doctor.csv"


@dataclass
class Finding:
    """A symptom that persisted, and its time span.

    Attributes:
        name: readable name of the diagnostic.
        since: first step with the symptom.
        until: first step without it; None while it persists.
        evidence: the numbers at the last step with the symptom.
        advice: overrides that help, to append to the same command.
    """

    name: str
    since: int
    until: int | None
    evidence: str
    advice: str


@dataclass
class Streak:
    """Run of equal results of a diagnostic: `length` of them, since step `since`."""

    wrong: bool = False
    since: int = 0
    length: int = 0

    def add(self, wrong: bool, step: int) -> None:
        """Adds a result."""
        if wrong != self.wrong or not self.length:
            self.wrong, self.since, self.length = wrong, step, 0
        self.length += 1


def state_like(given: Any) -> dict[str, Any]:
    """The structure of the doctor's state in a checkpoint, with as many findings, streaks and numbers as `given`."""
    inner = {key: given.get(key) if isinstance(given, dict) else None for key in ("findings", "streaks", "memory")}
    parts: dict[str, dict[str, Any]] = {key: part if isinstance(part, dict) else {} for key, part in inner.items()}
    open_ended = {name: isinstance(one, dict) and one.get("until") is None for name, one in parts["findings"].items()}
    return {
        "observations": 0,
        "findings": {name: asdict(Finding("", 0, None if still else 0, "", "")) for name, still in open_ended.items()},
        "streaks": {name: asdict(Streak()) for name in parts["streaks"]},
        "memory": {name: [0.0] * (len(one) if isinstance(one, list) else 0) for name, one in parts["memory"].items()},
    }


def describe(step: int, finding: Finding) -> str:
    """One line for the terminal, as of this step."""
    return f"step {step:,}: {finding.name} since step {finding.since:,}: {finding.evidence}; try {finding.advice}"


def write(file: Path, findings: Sequence[Finding]) -> None:
    """Writes a row for each finding, atomically; removes the file if there are none."""
    if not findings:
        file.unlink(missing_ok=True)
        return
    rows = [{key: table_cell(value) for key, value in asdict(finding).items()} for finding in findings]
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, text.getvalue())
