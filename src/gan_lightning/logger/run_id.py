"""The id that a tracking service gave to a run, kept in the run's directory: a resumed run goes on under it."""

from __future__ import annotations

from pathlib import Path

from gan_lightning.core.atomic_file import write_text
from gan_lightning.run.directory import LAST, PREVIOUS


def can_resume(directory: Path) -> bool:
    """True if the directory has a checkpoint to resume from."""
    return any((directory / checkpoint).exists() for checkpoint in (LAST, PREVIOUS))


def read_run_id(directory: Path, service: str) -> str | None:
    """The id of the directory's run, if it can be resumed; None for a new run."""
    file = _file(directory, service)
    return file.read_text().strip() or None if can_resume(directory) and file.is_file() else None


def write_run_id(directory: Path, service: str, run_id: str) -> None:
    """Keeps the id."""
    write_text(_file(directory, service), f"{run_id}\n")


def _file(directory: Path, service: str) -> Path:
    return directory / f"{service}_run_id.txt"
