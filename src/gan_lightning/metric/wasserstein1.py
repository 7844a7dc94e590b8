"""Exact Wasserstein-1 distance as a `torchmetrics.Metric`."""

from __future__ import annotations

from torch import Tensor

from gan_lightning.metric.functional.wasserstein import exact_w1
from gan_lightning.metric.generative import RowMetric


class Wasserstein1(RowMetric):
    """`exact_w1` of real and fake rows: points, or features by an extractor; see `GenerativeMetric`."""

    higher_is_better = False
    plot_lower_bound = 0.0

    def score_of(self, real: Tensor, fake: Tensor) -> float:
        """See `RowMetric.score_of`."""
        return exact_w1(real, fake)
