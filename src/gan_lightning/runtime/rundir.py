"""The run directory: what is written into it at the start, and taken back when a run is refused."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from gan_lightning.runtime.console import first_process
from gan_lightning.runtime.refusal import Refusal

CONFIG, FIGURES = "config.yaml", "metrics.csv"


def open(directory: str, config: dict[str, Any]) -> None:
    """Leaves the resolved config in the run directory.

    Raises:
        Refusal: another run is in there.
    """
    if not first_process():
        return
    path = Path(directory)
    if (path / FIGURES).exists():
        raise Refusal(f"{directory} holds a run already: choose another directory with hydra.run.dir=..., or remove it")
    path.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(OmegaConf.create(config), path / CONFIG)


def discard(directory: str) -> None:
    """Removes what a refused run has left, and the directory if nothing else is in it."""
    path = Path(directory).resolve()
    if not first_process() or (path / FIGURES).exists():
        return  # a run that began, here or earlier, keeps what it has
    (path / CONFIG).unlink(missing_ok=True)
    shutil.rmtree(path / ".hydra", ignore_errors=True)
    with suppress(OSError):
        path.rmdir()
        if path.parent == Path.cwd() / "runs":
            path.parent.rmdir()
