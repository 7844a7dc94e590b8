"""When a step is over, its validation included."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.trainer.states import TrainerFn


class AfterStep(Callback, ABC):
    """A callback that acts between two steps: after the figures, the pictures and the validation of the first."""

    @abstractmethod
    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """A step is over; `trainer.global_step` tells how many are."""

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """The step is over unless it is validated."""
        if not _validates(trainer):
            self.after_step(trainer, module)

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Now it is."""
        if trainer.state.fn is TrainerFn.FITTING and not trainer.sanity_checking:
            self.after_step(trainer, module)


def _validates(trainer: Trainer) -> bool:
    loop = trainer.fit_loop
    return loop._data_fetcher is not None and loop.epoch_loop._should_check_val_fx(loop._data_fetcher)
