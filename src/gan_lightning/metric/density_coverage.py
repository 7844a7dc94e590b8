"""Density and coverage as a `torchmetrics.Metric`."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.functional.precision_recall import density_coverage
from gan_lightning.metric.generative import RowMetric


class DensityCoverage(RowMetric):
    """`density_coverage` of the features, as `{"density": …, "coverage": …}` (Naeem et al. 2020, arXiv:2002.09797).

    Args:
        extractor: see `GenerativeMetric`.
        k: the neighbour that a ball reaches to.
        reset_real_features: see `GenerativeMetric`.
        **options: those of `torchmetrics.Metric`.
    """

    higher_is_better = True
    plot_lower_bound = 0.0

    def __init__(
        self, extractor: Extractor | None = None, *, k: int = 5, reset_real_features: bool = True, **options: Any
    ) -> None:
        super().__init__(extractor, reset_real_features=reset_real_features, **options)
        self.k = k

    def score_of(self, real: Tensor, fake: Tensor) -> dict[str, float]:
        """See `RowMetric.score_of`."""
        return density_coverage(real, fake, self.k)._asdict()
