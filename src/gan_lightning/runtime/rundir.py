"""The run directory: what is written into it at the start, and taken back when a run is refused."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from gan_lightning.runtime.console import first_process

CONFIG = "config.yaml"


def open(directory: str, config: DictConfig) -> None:
    """Leaves the resolved config in the run directory."""
    if not first_process():
        return
    Path(directory).mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, Path(directory) / CONFIG)


def discard(directory: str) -> None:
    """Removes what a refused run has left, and the directory if nothing else is in it."""
    path = Path(directory)
    if not first_process() or (path / "metrics.csv").exists():
        return  # a run that began, here or earlier, keeps what it has
    (path / CONFIG).unlink(missing_ok=True)
    shutil.rmtree(path / ".hydra", ignore_errors=True)
    with suppress(OSError):
        path.rmdir()
        path.parent.rmdir()
