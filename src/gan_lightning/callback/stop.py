"""Early stopping by a score or an estimate."""

from __future__ import annotations

import math
from time import monotonic
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping

from gan_lightning.callback.after_step import AfterStep
from gan_lightning.callback.score import Scoring
from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.validation import Count, NonNegative, Positive, validate_arguments
from gan_lightning.metric.registry import direction

HOUR = 3600.0


class Stop(AfterStep, EarlyStopping):
    """Lightning's early stopping, asked after each scoring; the run ends with its checkpoint and one line.

    Nothing stops as long as `patience`, `target` and `hours` are all None.

    Args:
        monitor: a score, or the mean of an estimate, such as `wasserstein_mean`; None: the score of best.ckpt.
        patience: scorings in a row without improvement after which training ends; None: any number.
        min_delta: smallest change that is an improvement.
        target: value at which training ends; None: none.
        hours: since this process began to train; None: no limit. `trainer.max_time` does not wait for a scoring.
    """

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
        super().__init__(
            monitor or "",
            min_delta=min_delta,
            mode="max" if monitor and direction(monitor) == "higher" else "min",
            stopping_threshold=target,
            check_finite=False,
            strict=False,
        )
        self.patience = math.inf if patience is None else patience  # type: ignore[assignment]
        self.hours, self._began = hours, 0.0

    @property
    def state_key(self) -> str:
        """One name, whatever is monitored."""
        return type(self).__name__

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Finds the score to monitor.

        Raises:
            UsageError: the run has no scores, or none of this name.
        """
        self._began = monotonic()
        scoring = next(iter(callbacks_of(trainer, Scoring)), None)
        known = scoring.later_metrics if scoring else set()
        if not self._is_set():
            return
        if not known or scoring is None:
            raise UsageError("callback.stop waits for scores, and this run has none: choose one, such as metric=digits")
        if not self.monitor:
            self.monitor = scoring.best or scoring.first
            self._turn("max" if direction(self.monitor) == "higher" else "min")
        if self.monitor not in known:
            raise UsageError(f"callback.stop.monitor={self.monitor} is not logged: {did_you_mean(self.monitor, known)}")

    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Ends training if it is time to."""
        scoring = next(iter(callbacks_of(trainer, Scoring)), None)
        if not self._is_set() or scoring is None or scoring.last_step != trainer.global_step:
            return
        self._run_early_stopping_check(trainer)
        late = self.hours is not None and monotonic() - self._began >= self.hours * HOUR
        if not trainer.should_stop and trainer.strategy.reduce_boolean_decision(late, all=False):
            trainer.should_stop = True
            self.stopping_reason_message = f"{self.hours:g} hours have passed"

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Nothing: an epoch is the whole training."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over the best value and the scorings since; patience stays as configured."""
        patience = self.patience
        super().load_state_dict(state_dict)
        self.patience = patience

    def _is_set(self) -> bool:
        return self.patience < math.inf or self.stopping_threshold is not None or self.hours is not None

    def _turn(self, mode: str) -> None:
        if mode != self.mode:
            self.mode, self.min_delta, self.best_score = mode, -self.min_delta, -self.best_score
