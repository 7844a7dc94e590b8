"""Who keeps the file that a run goes on from."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from lightning.pytorch import Trainer


@runtime_checkable
class LastCheckpoint(Protocol):
    """The side of `callback.checkpoint.Checkpoint` that others see.

    Attributes:
        path: of the last checkpoint.
    """

    path: Path

    @property
    def description(self) -> str:
        """What there is to go on from, in words."""
        ...

    def write(self, trainer: Trainer) -> None:
        """Writes the step that is over, unless it is written."""
        ...


def last_checkpoint(trainer: Trainer) -> LastCheckpoint | None:
    """The trainer's, if it has one."""
    return next((callback for callback in trainer.checkpoint_callbacks if isinstance(callback, LastCheckpoint)), None)
