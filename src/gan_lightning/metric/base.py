"""The interface of what `metric=` chooses: a set of scores with one extraction, and its protocol."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol, TypedDict

import torch
from torch import Tensor
from typing_extensions import Self

from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.metric.score import Score

SampleStats = dict[str, Tensor]  # by name, a row for each sample, or what `Metric.gather` makes of these
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
        exact_n_fake: True if `evaluate` must not lower the number of fakes to that of the spare reals.
        split: the part of the data they are taken from; distributions are sampled afresh instead.
        batch: samples in one call of `extract`.
        uses_real: True if any score takes reals.
        extraction: for the provenance.
        cache_key: all that `extract` depends on, to cache the statistics of the reals; None: caching saves nothing.
        standing: optional, forward passes of 64 over which batch norm's statistics are taken anew before each score.
    """

    n_fake_training: int
    n_fake_evaluation: int
    n_real: int | None
    exact_n_fake: bool
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

    def gather(self, parts: Iterable[SampleStats], group: ProcessGroup) -> SampleStats:
        """Statistics of all ranks' samples on rank 0, nothing on the others; a collective.

        Args:
            parts: of this rank's samples, batch by batch, on any device.
            group: the processes.
        """
        ...

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """Scores, the most informative one first.

        Args:
            real: gathered statistics of the reals; empty where `uses_real` is False.
            fake: those of the fakes. For conditional generators both have the classes under `LABEL`.
            seed: of random subsets.
            full: also the scores that are too slow for training.
        """
        ...

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """One line that says that nearly all fakes are the same; None where they are not."""
        ...
