"""Directories of runs that were refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def remove_if_empty(directory: str) -> None:
    """Removes the directory if it is empty; likewise those above it, up to `runs/` or `multirun/`."""
    path = Path(directory).resolve()
    tops = (Path.cwd() / "runs", Path.cwd() / "multirun")
    with suppress(OSError):
        path.rmdir()
        for above in path.parents:
            if not any(above.is_relative_to(top) for top in tops):
                break
            above.rmdir()
