"""Scores of a conditional generator as `torchmetrics.Metric`s."""

from __future__ import annotations

import math
import warnings
from typing import Any

import torch
from torch import Tensor

from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.functional.frechet import frechet_distance_of_features
from gan_lightning.metric.generative import GenerativeMetric, RowMetric, no_samples, rows_of


class IntraClassFrechet(RowMetric):
    """Mean of the classes' own Fréchet distances (Miyato & Koyama 2018, arXiv:1802.05637).

    Classes with fewer than 2 samples of either set are left out; NaN if all are.

    Args:
        extractor: see `GenerativeMetric`.
        reset_real_features: see `GenerativeMetric`.
        **options: those of `torchmetrics.Metric`.
    """

    higher_is_better = False
    plot_lower_bound = 0.0

    real_labels: list[Tensor]
    fake_labels: list[Tensor]

    def __init__(self, extractor: Extractor | None = None, *, reset_real_features: bool = True, **options: Any) -> None:
        super().__init__(extractor, reset_real_features=reset_real_features, **options)
        self.add_state("real_labels", [], dist_reduce_fx="cat")
        self.add_state("fake_labels", [], dist_reduce_fx="cat")

    def update(self, x: Tensor, label: Tensor, real: bool = False) -> None:  # type: ignore[override]
        """Adds a batch with its classes, whole numbers [n]."""
        super().update(x, real)
        (self.real_labels if real else self.fake_labels).append(label.to(self.device))

    def score_of(self, real: Tensor, fake: Tensor) -> float:
        """See `RowMetric.score_of`."""
        real_label, fake_label = rows_of("real", self.real_labels), rows_of("fake", self.fake_labels)
        pairs = [(real[real_label == k], fake[fake_label == k]) for k in range(int(real_label.max()) + 1)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # classes are small, which the score of reals shows, too
            distances = [frechet_distance_of_features(*pair) for pair in pairs if min(map(len, pair)) > 1]
        return sum(distances) / len(distances) if distances else math.nan


class ClassAccuracy(GenerativeMetric):
    """Share of fakes whose most probable class is the requested one; reals are ignored.

    Args:
        extractor: see `GenerativeMetric`; None: batches are probabilities, [n, K].
        **options: those of `torchmetrics.Metric`.
    """

    higher_is_better = True
    plot_lower_bound, plot_upper_bound = 0.0, 1.0
    uses_real, takes = False, "probabilities"

    correct: Tensor
    total: Tensor

    def __init__(self, extractor: Extractor | None = None, **options: Any) -> None:
        super().__init__(extractor, **options)
        for name in ("correct", "total"):
            self.add_state(name, torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, x: Tensor, label: Tensor, real: bool = False) -> None:  # type: ignore[override]
        """Adds a batch with its requested classes, whole numbers [n]."""
        if not real:
            self.correct = self.correct + (self.statistic(x).argmax(1) == label.to(self.device)).sum()
            self.total = self.total + len(label)

    def score(self) -> float:
        """See `GenerativeMetric.score`."""
        if not self.total:
            raise no_samples("fake")
        return (self.correct.double() / self.total).item()
