"""A check of the metrics that a run is to watch, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.callback.due import as_adversarial
from gan_lightning.callback.score import Scoring
from gan_lightning.objective.trainer_checks import check_monitors


class MonitorCheck(Callback):
    """Refuses metrics that no part of the run logs, once the names of its scores are known.

    Args:
        monitor: the column of metrics.csv that a sweeper gets; None: there is no sweeper.
    """

    key = "optimized_metric"

    def __init__(self, monitor: str | None) -> None:
        self.monitor = monitor

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Checks the monitors of all callbacks, this one's included.

        Raises:
            UsageError: there is no such metric.
        """
        gan = as_adversarial(module)
        check_monitors(trainer, gan.metric_names, gan.validation_names)


def with_monitor_check(callbacks: Sequence[Callback], monitor: str | None) -> list[Callback]:
    """The callbacks with the check in its place: behind the scores, and before those that write."""
    place = next((number + 1 for number, one in enumerate(callbacks) if isinstance(one, Scoring)), 0)
    return [*callbacks[:place], MonitorCheck(monitor), *callbacks[place:]]
