"""Kernel distance as a `torchmetrics.Metric`."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gan_lightning.core.rng import new_rng
from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.functional.kid import kid
from gan_lightning.metric.functional.spread import Estimate
from gan_lightning.metric.generative import RowMetric


class KernelDistance(RowMetric):
    """`kid` of the features of reals and fakes: KID with Inception's original weights.

    The value is the mean over the subsets, `std` their deviation. Of fewer samples than a subset, all are one;
    where that takes all of both sets, it is the only subset, and `std` is None.

    Args:
        extractor: see `GenerativeMetric`.
        subsets: number of random subsets.
        subset_size: samples of either set in each.
        seed: of the subsets; the global rng is left alone.
        reset_real_features: see `GenerativeMetric`.
        **options: those of `torchmetrics.Metric`.
    """

    higher_is_better = False

    def __init__(
        self,
        extractor: Extractor | None = None,
        *,
        subsets: int = 100,
        subset_size: int = 1000,
        seed: int = 0,
        reset_real_features: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(extractor, reset_real_features=reset_real_features, **options)
        self.subsets, self.subset_size, self.seed = subsets, subset_size, seed

    def score_of(self, real: Tensor, fake: Tensor) -> Estimate | float:
        """See `RowMetric.score_of`."""
        size = min(self.subset_size, len(real), len(fake))
        subsets = self.subsets if size < max(len(real), len(fake)) else 1
        estimate = kid(real, fake, new_rng(self.seed, "kid"), subsets, size)
        return estimate if subsets > 1 else estimate.mean
