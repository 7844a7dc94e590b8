"""Precision and recall as a `torchmetrics.Metric`."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.functional.precision_recall import precision_recall
from gan_lightning.metric.generative import RowMetric


class PrecisionRecall(RowMetric):
    """`precision_recall` of the features, as `{"precision": …, "recall": …}`: both in [0, 1].

    Args:
        extractor: see `GenerativeMetric`.
        k: the neighbour that a ball reaches to.
        reset_real_features: see `GenerativeMetric`.
        **options: those of `torchmetrics.Metric`.
    """

    higher_is_better = True
    plot_lower_bound, plot_upper_bound = 0.0, 1.0

    def __init__(
        self, extractor: Extractor | None = None, *, k: int = 3, reset_real_features: bool = True, **options: Any
    ) -> None:
        super().__init__(extractor, reset_real_features=reset_real_features, **options)
        self.k = k

    def score_of(self, real: Tensor, fake: Tensor) -> dict[str, float]:
        """See `RowMetric.score_of`."""
        return precision_recall(real, fake, self.k)._asdict()
