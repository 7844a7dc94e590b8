"""The metric that a sweeper gets, which must exist before a run begins."""

from __future__ import annotations

from lightning.pytorch import Callback


class OptimizedMetric(Callback):
    """Names a metric, so that `check_monitors` refuses one that no part of the run logs.

    Args:
        monitor: the column of metrics.csv.
    """

    key = "optimized_metric"

    def __init__(self, monitor: str) -> None:
        self.monitor = monitor
