"""The records in W&B's files of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gan_lightning.run.directory import LAST, PREVIOUS

Record = dict[str, Any]


def wandb_history(directory: Path | str, id: str = "*", *, offline: bool = True) -> Iterator[Record]:
    """All records of the W&B runs in a run directory, in order, as printed by `wandb leet inspect --json`.

    A resumed run has several files. The last seconds of a killed process are missing: W&B writes every fifteen.

    Args:
        directory: the run directory, with `wandb/` in it.
        id: of one W&B run; * is all of them.
        offline: include runs written offline; false is online ones only.
    """
    runs = "*run" if offline else "run"
    for file in sorted(Path(directory).glob(f"wandb/{runs}-*-{id}/run-{id}.wandb"), key=_start_time):
        command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as inspect:
            assert inspect.stdout is not None
            for line in inspect.stdout:
                yield json.loads(line)


def logged_rows(records: Iterable[Record]) -> Iterator[tuple[int, Record]]:
    """Step and content of each logged row; media have names such as `samples._type`."""
    for record in records:
        if record["type"] == "history" and "step" in (row := record["history"]["item"]):
            yield int(row["step"]), row


def resumable_id(directory: Path) -> str | None:
    """The id of the W&B run in a directory with a checkpoint to resume from; the last part of its folder's name."""
    latest = directory / "wandb" / "latest-run"
    if not latest.exists() or not any((directory / checkpoint).exists() for checkpoint in (LAST, PREVIOUS)):
        return None
    return latest.resolve().name.rpartition("-")[2]


def _start_time(file: Path) -> str:
    """Start time of the process that wrote the file, which W&B puts into the directory's name."""
    return file.parent.name.removeprefix("offline-")
