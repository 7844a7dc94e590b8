"""The one file that a run goes on from."""

from __future__ import annotations

import os
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from gan_lightning.callback.pace import Aside
from gan_lightning.runtime.check import Count, checked


class Checkpoint(Aside, ModelCheckpoint):
    """Writes `checkpoints/last.ckpt` in the run directory, always after a whole round, and at the end of training.

    Lightning's own callback, held to one file: a name that never changes leaves nothing to remember, so none of it is
    stored in the checkpoint, and a run can go on in another directory or at another interval.

    Args:
        every_n_train_steps: rounds between two writes.
        save_weights_only: leave out the optimizers; such a file cannot be resumed from.
    """

    @checked
    def __init__(self, *, every_n_train_steps: Count = 500, save_weights_only: bool = False) -> None:
        super().__init__(
            every_n_train_steps=every_n_train_steps,
            save_weights_only=save_weights_only,
            save_last=True,
            save_top_k=0,
            enable_version_counter=False,
        )

    def setup(self, trainer: Trainer, module: LightningModule, stage: str) -> None:
        """Settles the directory."""
        self.dirpath = os.path.realpath(os.path.join(trainer.default_root_dir, "checkpoints"))
        super().setup(trainer, module, stage)

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Writes every so many rounds."""
        if trainer.global_step % self._every_n_train_steps == 0:
            self._write(trainer)

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Epochs mean nothing here."""

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Validation changes nothing worth writing."""

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Writes the last round."""
        self._write(trainer)

    def state_dict(self) -> dict[str, Any]:
        """Nothing to remember."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Nothing was remembered."""

    def _write(self, trainer: Trainer) -> None:
        if not self._should_skip_saving_checkpoint(trainer):
            with self.waiting():
                self._save_last_checkpoint(trainer, self._monitor_candidates(trainer))
