"""What the doctor has found, and where it is written down."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from gan_lightning.core.atomic_file import write_text

FILE = "doctor.csv"


@dataclass
class Finding:
    """A pathology that a run has, or had.

    Attributes:
        name: of it.
        since: the first step at which it was seen.
        until: the first step at which it was gone; None while it is there.
        evidence: the numbers, as last seen.
        advice: overrides that help, to be typed behind the same command.
    """

    name: str
    since: int
    until: int | None
    evidence: str
    advice: str


@dataclass
class Streak:
    """What was seen in the last looks: `looks` in a row alike, since step `since`."""

    wrong: bool = False
    since: int = 0
    looks: int = 0

    def see(self, wrong: bool, step: int) -> None:
        """Adds a look."""
        if wrong != self.wrong or not self.looks:
            self.wrong, self.since, self.looks = wrong, step, 0
        self.looks += 1


def describe(step: int, found: Finding) -> str:
    """One line for the terminal."""
    return f"step {step:,}: {found.name} since step {found.since:,}: {found.evidence}; try {found.advice}"


def write(file: Path, findings: Sequence[Finding]) -> None:
    """A row for each, put in place in one move; no file where there are none."""
    if not findings:
        file.unlink(missing_ok=True)
        return
    rows = [asdict(finding) for finding in findings]
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, text.getvalue())
