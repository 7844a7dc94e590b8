"""The Fréchet distance by a protocol of the literature: fixed numbers of samples, moments alone."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.pixels import as_stored
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.base import SampleStats, Split
from gan_lightning.metric.frechet_distance import FrechetDistance
from gan_lightning.metric.functional.moments import Moments
from gan_lightning.metric.image_metric import ImageMetric
from gan_lightning.metric.score import Score


class FrechetProtocol(ImageMetric):
    """Fréchet distance of exactly `n_fake` fakes to all reals of a split, or to `n_real` of them.

    `metric=fid50k` is StyleGAN's fid50k_full: 50,000 fakes against the whole training set. `metric=fid10k_test` is
    10,000 against all held-out images, the test set of CIFAR-10 or MNIST. Reals are as stored, not mirrored. The
    numbers, the split and the resizing are in the score's provenance.

    Processes keep and send moments, [d, d], not features; of reals, too, only moments are cached.

    Args:
        extractor: the network.
        split: the reals to score against: `held_out` or `train`.
        n_real: largest number of them, drawn at random; None: all.
        n_fake: number of fakes, during training as in `python -m gan_lightning.evaluate`.
    """

    uses_real, exact_n_fake = True, True

    @validate_arguments
    def __init__(
        self, *, extractor: Extractor, split: Split = "train", n_real: Count | None = None, n_fake: Count = 50_000
    ) -> None:
        super().__init__(extractor, "moments")
        self.split, self.n_real = split, n_real or sys.maxsize
        self.n_fake_training = self.n_fake_evaluation = n_fake

    def check(self, data: AdversarialDataModule) -> None:
        """See `Metric.check`."""
        if len(data.shape) != 3 or not isinstance(data.train, SampleTable):
            raise UsageError(
                "a Fréchet distance to all reals takes a finite set of images: metric=auto or metric=points"
            )

    def extract(self, samples: torch.Tensor) -> SampleStats:
        """See `Metric.extract`; samples are uint8 images, or floats in [-1, 1]."""
        return {"features": self.extractor(as_stored(samples)).features}

    def gather(self, parts: Iterable[SampleStats], group: ProcessGroup) -> SampleStats:
        """See `Metric.gather`; moments, and the features that wait to be added to them."""
        distance = FrechetDistance(sync_on_compute=False)
        for part in parts:
            distance.update(part["features"].cpu(), real=False)
        with distance.sync_context():
            if group.rank:
                return {}
            found = {"features": distance.fake_features, "moments": distance.fake_moments}
            return {name: torch.cat(state) for name, state in found.items() if state}

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """See `Metric.scores`."""
        distance = FrechetDistance(sync_on_compute=False)
        for stats, is_real in ((real, True), (fake, False)):
            if "features" in stats:
                distance.update(stats["features"], real=is_real)
            if "moments" in stats:
                distance.add_moments(Moments.unpack(stats["moments"][0]), real=is_real)
        n_real, named = count(real), self.extractor.score_name
        return [Score(named(kind), value, n_real=n_real) for kind, value in distance.values("frechet").items()]

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """See `Metric.collapse`; moments alone do not show it."""
        return None


def count(stats: SampleStats) -> int:
    """Number of samples behind gathered statistics."""
    return sum(len(v) if name == "features" else int(v[0, 0]) for name, v in stats.items() if name != "label")
