"""Sliced Wasserstein distance as a `torchmetrics.Metric`."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gan_lightning.core.rng import new_rng
from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.functional.sliced_wasserstein import sliced_wasserstein
from gan_lightning.metric.generative import RowMetric


class SlicedWasserstein(RowMetric):
    """`sliced_wasserstein` of real and fake rows: samples themselves, flattened, or features by an extractor.

    Args:
        extractor: see `GenerativeMetric`.
        projections: number of directions.
        order: p of the distances W_p, at least 1.
        seed: of the directions; the global rng is left alone.
        reset_real_features: see `GenerativeMetric`.
        **options: those of `torchmetrics.Metric`.
    """

    higher_is_better = False
    plot_lower_bound = 0.0

    def __init__(
        self,
        extractor: Extractor | None = None,
        *,
        projections: int = 128,
        order: float = 1.0,
        seed: int = 0,
        reset_real_features: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(extractor, reset_real_features=reset_real_features, **options)
        self.projections, self.order, self.seed = projections, order, seed

    def score_of(self, real: Tensor, fake: Tensor) -> float:
        """See `RowMetric.score_of`."""
        return sliced_wasserstein(real, fake, new_rng(self.seed, "directions"), self.projections, self.order)
