"""Metrics and extractors whose answers are planned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.extractor.base import Features
from gan_lightning.metric.base import ExtractionSettings, SampleStats
from gan_lightning.metric.gather import gather_statistics
from gan_lightning.metric.registry import SCORES
from gan_lightning.metric.score import Score

SCORES |= {"planned": "lower", "turned": "higher"}


class Planned:
    """A metric with given values, one for each scoring; reals in place of fakes score -1."""

    uses_real, n_real, exact_n_fake, split, batch, cache_key = False, 1, False, "held_out", 4, None
    extraction = ExtractionSettings(extractor="none", weights=None, resize="none", quantized=False)

    def __init__(self, *values: float, collapses: str = "", n_fake_training: int = 5) -> None:
        self.values, self.collapses = iter(values), iter(collapses or " " * len(values))
        self.n_fake_training = self.n_fake_evaluation = n_fake_training
        self.asked, self.full = 0, False

    def to(self, device: Any) -> Planned:
        return self

    def check(self, data: Any) -> None: ...

    def extract(self, samples: Tensor) -> SampleStats:
        return {"samples": samples.flatten(1)}

    def gather(self, parts: Iterable[SampleStats], group: ProcessGroup) -> SampleStats:
        return gather_statistics(parts, group)

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        self.full = full
        self.asked += 1  # the first time for real_vs_real
        value = -1.0 if self.asked == 1 else next(self.values)
        return [Score("planned", value), Score("turned", -value)]

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        return "all alike" if next(self.collapses) == "x" else None


class MeanLevels:
    """An extractor whose features are the mean levels of four quarters of an image, whose classes those of `reads`."""

    name, weights, resize, features, batch_size = "means", "00000000", "none", 4, 8

    def __init__(self, classes: int = 10) -> None:
        self.classes, self.images = classes, 0

    def __call__(self, images: Tensor) -> Features:
        assert images.dtype == torch.uint8
        self.images += len(images)
        features = torch.nn.functional.adaptive_avg_pool2d(images.double().mean(1, keepdim=True), 2).flatten(1)
        digits = (images.double().flatten(1).mean(1) / 20).round().long().clamp(max=self.classes - 1)
        return Features(features, torch.nn.functional.one_hot(digits, self.classes).double())

    def score_name(self, kind: str) -> str:
        return f"{kind}/{self.name}"

    def to(self, device: Any) -> MeanLevels:
        return self
