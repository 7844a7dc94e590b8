"""Scores of images, computed on an extractor's features and class probabilities."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor
from typing_extensions import Self

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.pixels import quantize
from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.base import LABEL, ExtractionSettings, SampleStats, Split
from gan_lightning.metric.frechet import Reference, frechet_distance, frechet_distance_of_features
from gan_lightning.metric.inception_score import inception_score
from gan_lightning.metric.kid import kid
from gan_lightning.metric.moments import Moments
from gan_lightning.metric.neighbours import repeat_rate
from gan_lightning.metric.precision_recall import density_coverage, precision_recall
from gan_lightning.metric.score import Score

IS_SPLIT_SIZE = 1000  # fewest fakes in each of at most ten parts of the classifier score
SUBSETS, SUBSET = 100, 1000  # of KID
MIN_CONFIDENCE = 0.5  # share of reals that the classifier must get right, for its accuracy on fakes to be a score
MAX_REPEATS = 0.5  # share of repeats above which the generator has collapsed
MIN_VARIETY = 0.02  # likewise the smallest variance of the features, as a share of the reals'


class Features:
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

    uses_real = True

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
        self.extractor, self.split, self.n_real = extractor, split, n_real
        self.n_fake_training, self.n_fake_evaluation = n_fake_training, n_fake_evaluation
        self.batch = extractor.batch_size
        self.extraction = ExtractionSettings(
            extractor=extractor.name, weights=extractor.weights, resize=extractor.resize, quantized=True
        )
        self.cache_key = f"{extractor.name}, {extractor.weights}, {extractor.resize}"
        self._reference: tuple[Tensor, Reference] | None = None

    def to(self, device: torch.device | str) -> Self:
        """See `Metric.to`."""
        self.extractor.to(device)
        return self

    def check(self, data: AdversarialDataModule) -> None:
        """See `Metric.check`."""
        if len(data.shape) != 3:
            raise UsageError(f"metric={self.extractor.name} scores images, and these data are points: metric=points")

    def extract(self, samples: Tensor) -> SampleStats:
        """See `Metric.extract`; samples are uint8 images, or floats in [-1, 1]."""
        features, probabilities = self.extractor(samples if samples.dtype == torch.uint8 else quantize(samples))
        return {"features": features} | ({} if probabilities is None else {"probabilities": probabilities})

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """See `Metric.scores`."""
        named, x, y = self.extractor.score_name, real["features"], fake["features"]
        n = len(x)
        found = [Score(named("frechet"), self._frechet(x, y), n_real=n)]
        if "probabilities" in fake:
            parts = min(10, max(1, len(y) // IS_SPLIT_SIZE))
            mean, std = inception_score(fake["probabilities"], parts)
            found.append(Score(named("classifier_score"), mean, std if parts > 1 else None))
        precision, recall = precision_recall(x, y)
        found += [Score(named("precision"), precision, n_real=n)]
        found += [Score(named("recall"), recall, n_real=n)]
        if LABEL in fake and LABEL in real:
            found += self._by_class(real, fake)
        if full:
            size = min(SUBSET, n, len(y))
            subsets = SUBSETS if size < max(n, len(y)) else 1  # all of both are one subset
            mean, std = kid(x, y, new_rng(seed, "kid"), subsets, size)
            density, coverage = density_coverage(x, y)
            found += [Score(named("kid"), mean, std if subsets > 1 else None, n_real=n)]
            found += [Score(named("density"), density, n_real=n)]
            found += [Score(named("coverage"), coverage, n_real=n)]
        return [*found, Score("repeat_rate", repeat_rate(y))]

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """See `Metric.collapse`."""
        repeats, variety = repeat_rate(fake["features"]), _variance(fake["features"]) / _variance(real["features"])
        if repeats > MAX_REPEATS:
            return f"{repeats:.0%} of its samples repeat an earlier one"
        if variety < MIN_VARIETY:
            return f"its samples vary {variety:.1%} as much as the reals, in features of {self.extractor.name}"
        return None

    def _by_class(self, real: SampleStats, fake: SampleStats) -> list[Score]:
        """Scores of the fakes by their requested classes."""
        found = []
        if "probabilities" in real and _accuracy(real) > MIN_CONFIDENCE:
            found.append(Score(self.extractor.score_name("accuracy"), _accuracy(fake)))
        pairs = [
            (real["features"][real[LABEL] == k], fake["features"][fake[LABEL] == k])
            for k in range(int(real[LABEL].max()) + 1)
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # classes are small, which real_vs_real shows, too
            distances = [frechet_distance_of_features(*pair) for pair in pairs if min(map(len, pair)) > 1]
        if distances:
            mean, n = sum(distances) / len(distances), len(real["features"])
            found.append(Score(self.extractor.score_name("intra_class_frechet"), mean, n_real=n))
        return found

    def _frechet(self, real: Tensor, fake: Tensor) -> float:
        if min(len(real), len(fake)) <= real.shape[1]:
            return frechet_distance_of_features(real, fake)
        if self._reference is None or self._reference[0] is not real:  # factored once for a run
            self._reference = real, Reference(Moments.of(real))
        return frechet_distance(self._reference[1], Moments.of(fake))


def _accuracy(stats: SampleStats) -> float:
    """Share of samples whose most probable class is theirs."""
    return (stats["probabilities"].argmax(1) == stats[LABEL]).double().mean().item()


def _variance(features: Tensor) -> float:
    return features.double().var(0).sum().item()
