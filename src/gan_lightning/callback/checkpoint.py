"""Checkpoints that a run resumes from."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch import callbacks as lightning

from gan_lightning.callback.after_step import AfterStep
from gan_lightning.callback.due import as_adversarial
from gan_lightning.callback.log_media import log_checkpoint
from gan_lightning.callback.throughput import TimedCallback
from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, validate_arguments


class Checkpoint(TimedCallback, AfterStep, lightning.Checkpoint):
    """Writes `checkpoints/last.ckpt` in the run directory, always after a whole step, and at the end of training.

    The checkpoint before it stays as `previous.ckpt`, in case the last is damaged. File names are fixed and the
    callback has no state: a run can resume in another directory or with another interval.

    Args:
        every: steps between two writes.
        previous: keep the previous checkpoint.
        weights_only: leave out the optimizers; such a file cannot be resumed from.
    """

    path = Path("checkpoints", "last.ckpt")
    _written = -1

    @validate_arguments
    def __init__(self, *, every: Count = 500, previous: bool = True, weights_only: bool = False) -> None:
        self.every, self.previous, self.weights_only = every, previous, weights_only

    def setup(self, trainer: Trainer, module: LightningModule, stage: str) -> None:
        """Sets the path."""
        self.path = Path(trainer.default_root_dir).resolve() / "checkpoints" / "last.ckpt"

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Marks the step that a run resumes from as written."""
        self._written = trainer.global_step

    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Writes every `every` steps."""
        if trainer.global_step % self.every == 0:
            self.write(trainer)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Writes the last step."""
        self.write(trainer)

    def write(self, trainer: Trainer) -> None:
        """Writes the last step, unless it is written.

        Raises:
            UsageError: weights are not finite, or the disk is full; earlier files stay as they are.
        """
        if self._written == trainer.global_step:
            return
        with self.excluded_from_throughput():
            as_adversarial(trainer.lightning_module).monitor.check()
            self._check_weights_finite(trainer)
            if trainer.is_global_zero and self.previous and self.path.exists():
                _link_as(self.path, self.path.with_name("previous.ckpt"))
            trainer.save_checkpoint(self.path, weights_only=self.weights_only)
            log_checkpoint(trainer, self.path)
        self._written = trainer.global_step

    @property
    def description(self) -> str:
        """One phrase on the last checkpoint, for error messages."""
        return f"{self.path} is the last good checkpoint" if self.path.exists() else "there is no checkpoint yet"

    def _check_weights_finite(self, trainer: Trainer) -> None:
        weights = [p.detach() for p in trainer.lightning_module.parameters()]
        if weights and not torch.stack(torch._foreach_norm(weights, ord=float("inf"))).isfinite().all():
            raise UsageError(
                f"step {trainer.global_step:,}: weights are not finite, no checkpoint is written; {self.description}"
            )


def _link_as(file: Path, other: Path) -> None:
    """Makes `other` a second name of the file, replacing it atomically."""
    with atomic_replace(other) as beside:
        beside.unlink(missing_ok=True)
        try:
            os.link(file, beside)
        except OSError:  # not every file system has hard links
            shutil.copy2(file, beside)
