"""What W&B wrote down of a run, read back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def wandb_history(directory: Path | str, id: str = "*", *, offline: bool = True) -> Iterator[Record]:
    """Every record of the W&B runs in a run directory, in order, as W&B's own `wandb leet inspect --json` tells it.

    A run that was resumed has several files, one after the other. The last seconds of a process that was killed are
    missing: W&B writes every fifteen.

    Args:
        directory: the run directory, with `wandb/` in it.
        id: of one W&B run; all of them otherwise.
        offline: also what was written offline; false: only what went to the web.
    """
    runs = "*run" if offline else "run"
    for file in sorted(Path(directory).glob(f"wandb/{runs}-*-{id}/run-{id}.wandb"), key=_began):
        command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as told:
            assert told.stdout is not None
            for line in told.stdout:
                yield json.loads(line)


def logged_rows(records: Iterable[Record]) -> Iterator[tuple[int, Record]]:
    """What was logged, with the step of each row; media under names such as `samples._type`."""
    for record in records:
        if record["type"] == "history" and "step" in (row := record["history"]["item"]):
            yield int(row["step"]), row


def _began(file: Path) -> str:
    """When the process that wrote the file began, as W&B puts it into the directory's name."""
    return file.parent.name.removeprefix("offline-")
