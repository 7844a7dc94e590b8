"""Scores of images, computed on an extractor's features and class probabilities."""

from __future__ import annotations

import math

from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.pixels import as_stored
from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.base import LABEL, SampleStats, Split
from gan_lightning.metric.by_class import ClassAccuracy, IntraClassFrechet
from gan_lightning.metric.classifier_score import ClassifierScore
from gan_lightning.metric.density_coverage import DensityCoverage
from gan_lightning.metric.frechet_distance import FrechetDistance
from gan_lightning.metric.functional.neighbours import repeat_rate
from gan_lightning.metric.generative import GenerativeMetric
from gan_lightning.metric.image_metric import ImageMetric
from gan_lightning.metric.kernel_distance import KernelDistance
from gan_lightning.metric.precision_recall import PrecisionRecall
from gan_lightning.metric.repeat_rate import RepeatRate
from gan_lightning.metric.score import Score

MIN_CONFIDENCE = 0.5  # share of reals that the classifier must get right, for its accuracy on fakes to be a score
MAX_REPEATS = 0.5  # share of repeats above which the generator has collapsed
MIN_VARIETY = 0.02  # likewise the smallest variance of the features, as a share of the reals'


class Features(ImageMetric):
    """Fréchet distance, classifier score, precision and recall, share of repeats; in full also KID, density, coverage.

    For a conditional generator also the mean of the classes' own Fréchet distances (Miyato & Koyama 2018,
    arXiv:1802.05637), and the classifier's accuracy on the requested classes, if it recognizes these classes in reals.

    All from one pass through the extractor. Of the reals, features are cached in single precision, not moments alone,
    since half of these scores take them: 128 kB for the 500 held-out digits, 82 MB for Inception's of 10,000 images.

    Args:
        extractor: the network.
        split: the reals to score against: `held_out` or `train`.
        n_real: largest number of them, drawn at random.
        n_fake_training: number of fakes scored during training.
        n_fake_evaluation: number of fakes scored by `python -m gan_lightning.evaluate`.
    """

    uses_real, exact_n_fake = True, False

    @validate_arguments
    def __init__(
        self,
        *,
        extractor: Extractor,
        split: Split = "held_out",
        n_real: LargeCount = 10_000,
        n_fake_training: LargeCount = 500,
        n_fake_evaluation: LargeCount = 10_000,
    ) -> None:
        super().__init__(extractor)
        self.split, self.n_real = split, n_real
        self.n_fake_training, self.n_fake_evaluation = n_fake_training, n_fake_evaluation
        self._frechet = FrechetDistance(reset_real_features=False, sync_on_compute=False)
        self._frechet_reals: Tensor | None = None  # that it has

    def check(self, data: AdversarialDataModule) -> None:
        """See `Metric.check`."""
        if len(data.shape) != 3:
            raise UsageError(f"metric={self.extractor.name} scores images, and these data are points: metric=points")

    def extract(self, samples: Tensor) -> SampleStats:
        """See `Metric.extract`; samples are uint8 images, or floats in [-1, 1]."""
        features, probabilities = self.extractor(as_stored(samples))
        return {"features": features} | ({} if probabilities is None else {"probabilities": probabilities})

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """See `Metric.scores`."""
        found = self._frechet_score(real["features"], fake["features"])
        if "probabilities" in fake:
            found += self._scores("classifier_score", ClassifierScore(sync_on_compute=False), real, fake)
        found += self._scores("", PrecisionRecall(sync_on_compute=False), real, fake)
        if LABEL in fake and LABEL in real:
            found += self._by_class(real, fake)
        if full:
            found += self._scores("kid", KernelDistance(seed=seed, sync_on_compute=False), real, fake)
            found += self._scores("", DensityCoverage(sync_on_compute=False), real, fake)
        repeats = RepeatRate(sync_on_compute=False)
        repeats.update(fake["features"])
        return [*found, *(Score(*one) for one in repeats.values("repeat_rate").items())]

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """See `Metric.collapse`."""
        repeats, variety = repeat_rate(fake["features"]), _variance(fake["features"]) / _variance(real["features"])
        if repeats > MAX_REPEATS:
            return f"{repeats:.0%} of its samples repeat an earlier one"
        if variety < MIN_VARIETY:
            return f"its samples vary {variety:.1%} as much as the reals, in features of {self.extractor.name}"
        return None

    def _scores(self, kind: str, metric: GenerativeMetric, real: SampleStats, fake: SampleStats) -> list[Score]:
        """The values of a metric on all samples; `kind` names a single one."""
        if metric.uses_real:
            metric.update(real[metric.takes], real=True)
        metric.update(fake[metric.takes], real=False)
        return self._named(kind, metric, len(real["features"]))

    def _named(self, kind: str, metric: GenerativeMetric, n_real: int) -> list[Score]:
        values, n, named = metric.values(kind), n_real if metric.uses_real else 0, self.extractor.score_name
        return [Score(named(name), value, metric.std, n_real=n) for name, value in values.items()]

    def _frechet_score(self, real: Tensor, fake: Tensor) -> list[Score]:
        """The reals are the same in all scorings of a run, and their covariance is factored once."""
        if self._frechet_reals is not real:
            self._frechet = FrechetDistance(reset_real_features=False, sync_on_compute=False)
            self._frechet.update(real, real=True)
            self._frechet_reals = real
        self._frechet.reset()
        self._frechet.update(fake, real=False)
        return self._named("frechet", self._frechet, len(real))

    def _by_class(self, real: SampleStats, fake: SampleStats) -> list[Score]:
        """Scores of the fakes by their requested classes."""
        found = []
        if "probabilities" in real and _accuracy(real) > MIN_CONFIDENCE:
            found.append(Score(self.extractor.score_name("accuracy"), _accuracy(fake)))
        metric = IntraClassFrechet(sync_on_compute=False)
        for stats, is_real in ((real, True), (fake, False)):
            metric.update(stats["features"], stats[LABEL], real=is_real)
        found += self._named("intra_class_frechet", metric, len(real["features"]))
        return [score for score in found if not math.isnan(score.value)]


def _accuracy(stats: SampleStats) -> float:
    """Share of samples whose most probable class is theirs."""
    metric = ClassAccuracy(sync_on_compute=False)
    metric.update(stats["probabilities"], stats[LABEL])
    return metric.values("accuracy")["accuracy"]


def _variance(features: Tensor) -> float:
    return features.double().var(0).sum().item()
