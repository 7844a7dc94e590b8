"""Base class of callbacks that run after a step and its validation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.trainer.states import TrainerFn


class AfterStep(Callback, ABC):
    """A callback that runs between two steps: after the metrics, the plots and the validation of the first."""

    @abstractmethod
    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Called after each step; `trainer.global_step` is the number of steps done."""

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Calls `after_step`, unless a validation follows."""
        if not _validates(trainer):
            self.after_step(trainer, module)

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Calls `after_step` after the validation."""
        if trainer.state.fn is TrainerFn.FITTING and not trainer.sanity_checking:
            self.after_step(trainer, module)


def _validates(trainer: Trainer) -> bool:
    loop = trainer.fit_loop
    return loop._data_fetcher is not None and loop.epoch_loop._should_check_val_fx(loop._data_fetcher)
