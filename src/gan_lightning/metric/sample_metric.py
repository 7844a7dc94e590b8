"""Base class of metrics that take samples as they are, without an extractor."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from typing_extensions import Self

from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.metric.base import ExtractionSettings, SampleStats, Split
from gan_lightning.metric.gather import gather_statistics


class SampleMetric:
    """A `Metric` but for `extract` and `scores`, which a subclass gives, with its own attributes where they differ."""

    uses_real, exact_n_fake = True, False
    n_real: int | None = None
    n_fake_training, n_fake_evaluation = 1000, 10_000
    split: Split = "held_out"
    batch = 256
    main_score: str | None = None  # name of the first score, where it is always the same
    cache_key: str | None = None
    extraction = ExtractionSettings(extractor="none", weights=None, resize="none", quantized=False)

    def to(self, device: torch.device | str) -> Self:
        """See `Metric.to`; such scores are computed on the CPU."""
        return self

    def check(self, data: AdversarialDataModule) -> None:
        """See `Metric.check`; samples of any shape are taken."""

    def skipped(self, data: AdversarialDataModule) -> str | None:
        """The reason why a run leaves these scores out, as text; None where it does not."""
        return None

    def gather(self, parts: Iterable[SampleStats], group: ProcessGroup) -> SampleStats:
        """See `Metric.gather`."""
        return gather_statistics(parts, group)

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """See `Metric.collapse`; it is not looked for."""
        return None
