"""Access to the callback that writes the checkpoint to resume from."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from lightning.pytorch import Trainer


@runtime_checkable
class LastCheckpoint(Protocol):
    """Public interface of `callback.checkpoint.Checkpoint`.

    Attributes:
        path: of the last checkpoint file.
    """

    path: Path

    @property
    def description(self) -> str:
        """The checkpoint to resume from, as a phrase for messages."""
        ...

    def write(self, trainer: Trainer) -> None:
        """Writes a checkpoint of the completed step, unless it exists."""
        ...


def last_checkpoint(trainer: Trainer) -> LastCheckpoint | None:
    """The trainer's callback for the last checkpoint; None without one."""
    return next((callback for callback in trainer.checkpoint_callbacks if isinstance(callback, LastCheckpoint)), None)
