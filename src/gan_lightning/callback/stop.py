"""Early stopping by a score or an estimate."""

from __future__ import annotations

import math
import sys
from time import monotonic
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping

from gan_lightning.callback.after_step import AfterStep
from gan_lightning.callback.score import Scoring
from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.validation import Count, NonNegative, Positive, validate_arguments
from gan_lightning.metric.registry import direction

HOUR = 3600.0


class Stop(AfterStep):
    """Lightning's `EarlyStopping`, asked after each scoring; the run ends with its checkpoint and one line.

    Nothing stops as long as `patience`, `target` and `hours` are all None.

    Args:
        monitor: a score, or the mean of an estimate, such as `wasserstein_mean`; None: the score of best.ckpt.
        patience: scorings in a row without improvement after which training ends; None: any number.
        min_delta: smallest change that is an improvement.
        target: value beyond which training ends; None: none.
        hours: since this process began to train; None: no limit. `trainer.max_time` does not wait for a scoring.

    Attributes:
        stopping_reason_message: None as long as training goes on.
    """

    _early: EarlyStopping | None = None
    _scoring: Scoring | None = None

    @validate_arguments
    def __init__(
        self,
        *,
        monitor: str | None = None,
        patience: Count | None = None,
        min_delta: NonNegative = 0.0,
        target: float | None = None,
        hours: Positive | None = None,
    ) -> None:
        self.monitor, self.patience, self.min_delta = monitor, patience, min_delta
        self.target, self.hours = target, hours
        self.stopping_reason_message: str | None = None
        self._began = 0.0
        self._state: dict[str, Any] = {"wait_count": 0, "best_score": torch.tensor(math.nan)}

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Finds the score to monitor.

        Raises:
            UsageError: the run has no scores, or none of this name.
        """
        if (self.patience, self.target, self.hours) == (None, None, None):
            return
        self._scoring = scoring = next(iter(callbacks_of(trainer, Scoring)), None)
        if scoring is None or not scoring.later_metrics:
            raise UsageError("callback.stop waits for scores, and this run has none: choose one, such as metric=digits")
        monitor = self.monitor or scoring.best or scoring.first
        if monitor not in (known := scoring.later_metrics):
            raise UsageError(f"callback.stop.monitor={monitor} is not logged: {did_you_mean(monitor, known)}")
        self._early = EarlyStopping(
            monitor,
            min_delta=self.min_delta,
            patience=self.patience or sys.maxsize,
            mode="max" if direction(monitor) == "higher" else "min",
            stopping_threshold=self.target,
            check_finite=False,
            check_on_train_epoch_end=False,
            strict=False,  # no score of samples that are not finite
        )
        self._early.wait_count = self._state["wait_count"]
        if not self._state["best_score"].isnan():
            self._early.best_score = self._state["best_score"]
        self._began = monotonic()

    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Ends training if it is time to."""
        if self._early is None or self._scoring is None or self._scoring.last_step != trainer.global_step:
            return
        self._early.on_validation_end(trainer, module)  # in place of the validation that it waits for
        self._state = {"wait_count": self._early.wait_count, "best_score": self._early.best_score}
        self.stopping_reason_message = self._early.stopping_reason_message
        late = self.hours is not None and monotonic() - self._began >= self.hours * HOUR
        if not trainer.should_stop and trainer.strategy.reduce_boolean_decision(late, all=False):
            trainer.should_stop = True
            self.stopping_reason_message = f"{self.hours:g} hours have passed"

    def state_dict(self) -> dict[str, Any]:
        """The best value, and the scorings since."""
        return dict(self._state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self._state = dict(state_dict)
