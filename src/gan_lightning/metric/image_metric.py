"""Base class of metrics of images, whose statistics are an extractor's."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from typing_extensions import Self

from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.base import ExtractionSettings, SampleStats
from gan_lightning.metric.gather import gather_statistics


class ImageMetric:
    """The extractor of a `Metric`, with its batch size, extraction settings and cache key.

    Args:
        extractor: the network.
        statistics: which of its statistics are cached, where they are not all that it gives.
    """

    def __init__(self, extractor: Extractor, statistics: str = "") -> None:
        self.extractor, self.batch = extractor, extractor.batch_size
        self.extraction = ExtractionSettings(
            extractor=extractor.name, weights=extractor.weights, resize=extractor.resize, quantized=True
        )
        prefix = f"{statistics}, " if statistics else ""
        self.cache_key = f"{prefix}{extractor.name}, {extractor.weights}, {extractor.resize}"

    def to(self, device: torch.device | str) -> Self:
        """See `Metric.to`."""
        self.extractor.to(device)
        return self

    def gather(self, parts: Iterable[SampleStats], group: ProcessGroup) -> SampleStats:
        """See `Metric.gather`."""
        return gather_statistics(parts, group)
