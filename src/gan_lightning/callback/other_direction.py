"""The score of translation from domain B back to domain A, beside those of A to B."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from gan_lightning.callback.training_scorer import TrainingScorer
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.pixels import to_float
from gan_lightning.data.unpaired import OtherDirection
from gan_lightning.metric.base import Metric
from gan_lightning.metric.evaluator import Evaluation
from gan_lightning.metric.registry import register
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.cyclegan import CycleGAN

SUFFIX = "_b_to_a"


class OtherDirectionScorer(TrainingScorer):
    """The first score of a metric, of translations from B to A; its name ends in `_b_to_a`. See `TrainingScorer`."""

    def __init__(self, metric: Metric, data: AdversarialDataModule, gan: CycleGAN, *, cache: Path | None) -> None:
        other = OtherDirection(data)
        other.setup("fit")

        def sample(latents: Tensor, label: Tensor) -> Tensor:
            return gan.translate(to_float(label), "b_to_a")

        super().__init__(copy(metric), other, gan, cache=cache, sample=sample)  # some know their data
        found = self.evaluator.real_vs_real
        self.evaluator.real_vs_real = {f"{name}{SUFFIX}": found[name] for name in [*found][:1]}

    def __call__(self, gan: AdversarialModule) -> Evaluation:
        """The score of the present average; a collective."""
        evaluation = super().__call__(gan)
        scores = []
        for score in evaluation.scores[:1]:
            name = f"{score.name}{SUFFIX}"
            register({name: score.better})
            scores.append(replace(score, name=name, real_vs_real=self.evaluator.real_vs_real.get(name)))
        return evaluation._replace(scores=scores)
