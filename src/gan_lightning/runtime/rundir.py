"""The run directory: what is written into it at the start, and taken back when a run is refused."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from lightning.pytorch.utilities import rank_zero_only
from omegaconf import DictConfig, OmegaConf

CONFIG = "config.yaml"


@rank_zero_only
def open(directory: str, config: DictConfig) -> None:
    """Leaves the resolved config in the run directory."""
    Path(directory).mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, Path(directory) / CONFIG)


@rank_zero_only
def discard(directory: str) -> None:
    """Removes what a refused run has left, and the directory if nothing else is in it."""
    path = Path(directory)
    if (path / "metrics.csv").exists():
        return  # a run that began, here or earlier
    (path / CONFIG).unlink(missing_ok=True)
    shutil.rmtree(path / ".hydra", ignore_errors=True)
    with suppress(OSError):
        path.rmdir()
        path.parent.rmdir()
