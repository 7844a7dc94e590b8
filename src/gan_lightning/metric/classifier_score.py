"""Classifier score as a `torchmetrics.Metric`."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.functional.inception_score import inception_score
from gan_lightning.metric.functional.spread import Estimate
from gan_lightning.metric.generative import GenerativeMetric, rows_of

SPLIT_SIZE, MAX_SPLITS = 1000, 10


class ClassifierScore(GenerativeMetric):
    """`inception_score` of the class probabilities of fakes: the Inception score with its original weights.

    Real batches are ignored. The value is the mean over the splits, `std` their deviation; None for one split.

    Args:
        extractor: see `GenerativeMetric`; None: batches are probabilities, [n, K].
        splits: number of parts; None: as many as have 1,000 samples each, from 1 to 10.
        **options: those of `torchmetrics.Metric`.
    """

    higher_is_better = True
    plot_lower_bound = 1.0
    uses_real, takes = False, "probabilities"

    fake_probabilities: list[Tensor]

    def __init__(self, extractor: Extractor | None = None, *, splits: int | None = None, **options: Any) -> None:
        super().__init__(extractor, **options)
        self.splits = splits
        self.add_state("fake_probabilities", [], dist_reduce_fx="cat")

    def update(self, x: Tensor, real: bool = False) -> None:
        """Adds a batch of fakes: images for an extractor, else probabilities [n, K]."""
        if not real:
            self.fake_probabilities.append(self.statistic(x))

    def score(self) -> Estimate | float:
        """See `GenerativeMetric.score`."""
        probabilities = rows_of("fake", self.fake_probabilities)
        splits = self.splits or min(MAX_SPLITS, max(1, len(probabilities) // SPLIT_SIZE))
        estimate = inception_score(probabilities, splits)
        return estimate if splits > 1 else estimate.mean
