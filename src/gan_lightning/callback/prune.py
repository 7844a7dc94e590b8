"""Ending the runs of a sweep that fall behind the others."""

from __future__ import annotations

import math
import os
import warnings
from pathlib import Path
from typing import Annotated, Any

from lightning.pytorch import LightningModule, Trainer

from gan_lightning.callback.after_step import AfterStep
from gan_lightning.callback.score import Scoring
from gan_lightning.config.part import Kind
from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.console import SWEEP, print_rank_zero
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.extras import import_extra
from gan_lightning.core.silent import silent
from gan_lightning.core.validation import validate_arguments
from gan_lightning.logger.csv import read
from gan_lightning.metric.registry import direction
from gan_lightning.run.directory import METRICS, result

# These look at states that Optuna's own loop keeps, and never at the values of other runs alone.
OF_OPTUNAS_LOOP = ("SuccessiveHalvingPruner", "HyperbandPruner")


class Prune(AfterStep):
    """One of Optuna's pruners, asked after each scoring whether the run is worth going on with.

    It compares the run with those of the same sweep that have reached their last step, at the same training step, with
    every sweeper and launcher. A run that is pruned ends with its checkpoint and one line; the sweeper gets its last
    value.

    Args:
        monitor: a score, or the mean of an estimate; None: the score of best.ckpt.
        pruner: such as `optuna.pruners.MedianPruner()`; not successive halving and Hyperband.

    Raises:
        UsageError: for a pruner that can't work on finished runs.

    Attributes:
        stopping_reason_message: None as long as training goes on.
    """

    _scoring: Scoring | None = None

    @validate_arguments
    def __init__(
        self, *, pruner: Annotated[Any, Kind("optuna.pruners.BasePruner")], monitor: str | None = None
    ) -> None:
        name = type(pruner).__name__
        if name in OF_OPTUNAS_LOOP:
            raise UsageError(f"callback.prune.pruner: {name} needs Optuna's own loop: use optuna.pruners.MedianPruner")
        self.monitor, self.pruner = monitor, pruner
        self.stopping_reason_message: str | None = None

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Finds the score to compare.

        Raises:
            UsageError: the run has no scores, or none of this name.
        """
        if SWEEP not in os.environ:
            print_rank_zero("callback.prune: this run is no job of a sweep, there is none to compare it with")
            return
        scoring = next(iter(callbacks_of(trainer, Scoring)), None)
        if scoring is None or not scoring.later_metrics:
            raise UsageError("callback.prune takes scores, and this run has none: choose one, such as metric=digits")
        self._scoring, self.monitor = scoring, self.monitor or scoring.best or scoring.first
        if self.monitor not in (known := scoring.later_metrics):
            raise UsageError(
                f"callback.prune.monitor={self.monitor} is not logged: {did_you_mean(self.monitor, known)}"
            )

    def after_step(self, trainer: Trainer, module: LightningModule) -> None:
        """Ends training if the pruner says so."""
        if self._scoring is None or self._scoring.last_step != trainer.global_step:
            return
        worse = trainer.is_global_zero and self._is_pruned(trainer, self._finished(trainer))
        if trainer.strategy.reduce_boolean_decision(worse, all=False):
            trainer.should_stop = True
            name = type(self.pruner).__name__
            self.stopping_reason_message = f"{self.monitor} is worse than that of other runs of the sweep ({name})"

    def _finished(self, trainer: Trainer) -> list[dict[int, float]]:
        """The values by training step of each run of the sweep that has reached its last step."""
        own = Path(trainer.default_root_dir).resolve()
        found = []
        for directory in sorted(path for path in own.parent.iterdir() if path.is_dir() and path != own):
            done = result(directory)
            if done is not None and done["steps"] >= trainer.max_steps:
                found.append(self._values(directory))
        return [values for values in found if values and math.isfinite(values[max(values)])]

    def _values(self, directory: Path) -> dict[int, float]:
        assert self.monitor is not None
        return {int(row["step"]): row[self.monitor] for row in read(directory / METRICS) if self.monitor in row}

    def _is_pruned(self, trainer: Trainer, others: list[dict[int, float]]) -> bool:
        optuna = import_extra("optuna", "sweep")
        assert self.monitor is not None
        kind = "maximize" if direction(self.monitor) == "higher" else "minimize"
        with silent("optuna"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its functions for trials from elsewhere are experimental
            study = optuna.create_study(direction=kind, pruner=self.pruner)
            for values in others:
                study.add_trial(optuna.trial.create_trial(value=values[max(values)], intermediate_values=values))
            trial = study.ask()
            history = self._values(Path(trainer.default_root_dir))
            now = trainer.callback_metrics.get(self.monitor, math.nan)
            for step, value in (history | {trainer.global_step: float(now)}).items():
                trial.report(value, step)
            return bool(trial.should_prune())
