"""The run directory: what is written into it at the start, and taken back when a run is refused."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from gan_lightning.runtime.console import first_process
from gan_lightning.runtime.integrity import verify
from gan_lightning.runtime.refusal import Refusal

CONFIG, FIGURES = "config.yaml", "metrics.csv"


def open(directory: str, config: dict[str, Any], resume: str | None = None) -> str | None:
    """Leaves the resolved config in the run directory.

    Args:
        directory: the run's.
        config: resolved.
        resume: a checkpoint; auto is the directory's own, if it has one; None begins anew.

    Returns:
        The checkpoint to go on from.

    Raises:
        Refusal: another run is in there, or the checkpoint is missing or damaged.
    """
    path = Path(directory)
    own = path / "checkpoints" / "last.ckpt"
    checkpoint = {None: None, "auto": str(own) if own.exists() else None}.get(resume, resume)
    if checkpoint is not None:
        verify(checkpoint)
    if first_process():
        if resume is None and (path / FIGURES).exists():
            raise Refusal(
                f"{directory} holds a run already: go on with it (resume=auto), choose another directory "
                "(hydra.run.dir=...), or remove it"
            )
        path.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(OmegaConf.create(config), path / CONFIG)
    return checkpoint


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
