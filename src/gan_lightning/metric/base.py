"""The interface of metrics."""

from __future__ import annotations

from typing import Literal, Protocol, TypedDict

import torch
from torch import Tensor
from typing_extensions import Self

from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.metric.score import Score

SampleStats = dict[str, Tensor]  # by name, a row for each sample
LABEL = "label"  # key of the class labels in SampleStats, for conditional generators
Split = Literal["held_out", "train"]


class ExtractionSettings(TypedDict):
    """The part of a `Provenance` that says how statistics are extracted from samples."""

    extractor: str
    weights: str | None
    resize: str
    quantized: bool


class Metric(Protocol):
    """Per-sample statistics, and the scores that are computed from them.

    Attributes:
        n_fake_training: number of fakes scored during training.
        n_fake_evaluation: number of fakes scored by `python -m gan_lightning.evaluate`.
        n_real: largest number of reals to score against; None: as many as fakes.
        split: the part of the data they are taken from; distributions are sampled afresh instead.
        batch: samples in one call of `extract`.
        uses_real: True if any score takes reals.
        extraction: for the provenance.
        cache_key: all that `extract` depends on, to cache the statistics of the reals; None: caching saves nothing.
    """

    n_fake_training: int
    n_fake_evaluation: int
    n_real: int | None
    split: Split
    batch: int
    uses_real: bool
    extraction: ExtractionSettings
    cache_key: str | None

    def to(self, device: torch.device | str) -> Self:
        """Moves the computation to a device; returns itself."""
        ...

    def check(self, data: AdversarialDataModule) -> None:
        """Called once, before everything else, with the real data after their `setup`.

        Raises:
            UsageError: the metric does not apply to such data.
        """
        ...

    def extract(self, samples: Tensor) -> SampleStats:
        """Per-sample statistics (features, class probabilities) that the scores are computed from.

        They must not depend on the other samples of the batch.

        Args:
            samples: real or fake, [n, *shape].
        """
        ...

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """Scores, the most informative one first.

        Args:
            real: statistics of the reals; empty where `uses_real` is False.
            fake: statistics of the fakes. For conditional generators both have the classes under `LABEL`.
            seed: of random subsets.
            full: also the scores that are too slow for training.
        """
        ...

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """One line that says that nearly all fakes are the same; None where they are not."""
        ...
