"""Scores of stored samples, whatever made them, against others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.metric.base import Metric, SampleStats
from gan_lightning.metric.features import Features
from gan_lightning.metric.frechet_distance import FrechetDistance
from gan_lightning.metric.frechet_protocol import FrechetProtocol
from gan_lightning.metric.functional.moments import Moments
from gan_lightning.metric.moments_file import has_moments, read_moments
from gan_lightning.metric.provenance import Provenance
from gan_lightning.metric.reference import random_rows
from gan_lightning.metric.registry import register
from gan_lightning.metric.score import Score
from gan_lightning.metric.stored_samples import StoredSamples


class Side(NamedTuple):
    """One of the two sets.

    Attributes:
        name: with a hash of the content.
        n: number of samples; None: not known.
        stats: of the samples on rank 0, as the metric gathers them; None: moments alone are known.
        moments: None: not known, or not needed.
    """

    name: str
    n: int | None
    stats: SampleStats | None
    moments: Moments | None

    @property
    def size(self) -> str:
        """The number of samples in words."""
        samples = "samples" if self.n is None else f"{self.n:,} samples"
        return samples if self.moments is None else f"moments of {samples}"


def read_side(path: Path, metric: Metric, largest: int | None, batch: int | None = None) -> Side:
    """A set of samples with their statistics, or the moments of a file; a collective.

    Args:
        path: a folder of images, an .npy or .npz file of samples, or an .npz file of moments.
        metric: on its device.
        largest: number of samples, drawn at random; None: all.
        batch: samples in one call of the metric's `extract`; None: the metric's own.

    Raises:
        UsageError: the path holds neither, or samples that the metric does not take.
    """
    if not path.exists():
        raise UsageError(f"{path} does not exist: give a folder of images, or an .npy or .npz file")
    if has_moments(path):
        moments, n, name = read_moments(path)
        return Side(name, n, None, moments)
    samples, group = StoredSamples(path), ProcessGroup.current()
    if samples.images and metric.extraction["extractor"] == "none":
        raise UsageError(f"{path} holds images, and this metric scores points: choose one such as metric=inception")
    chosen = random_rows(len(samples), largest or len(samples)).sort().values
    parts = samples.parts(chosen[group.rows(len(chosen))], batch or metric.batch)
    return Side(samples.name, len(chosen), metric.gather((metric.extract(part) for part in parts), group), None)


def score_sides(metric: Metric, fake: Side, real: Side, seed: int) -> list[Score]:
    """The scores with their provenance; of moments the Fréchet distance alone. To be called on rank 0.

    Raises:
        UsageError: the metric has no Fréchet distance, or of another number of features.
    """
    if real.stats is not None and fake.stats is not None:
        scores = metric.scores(real.stats, fake.stats, seed=seed, full=True)
        register({score.name: score.better for score in scores})
    else:
        extractor = metric.extractor if isinstance(metric, Features | FrechetProtocol) else None
        if extractor is None:
            raise UsageError("moments have a Fréchet distance only: choose features, such as metric=inception")
        distance = FrechetDistance(sync_on_compute=False)
        for side, is_real in ((real, True), (fake, False)):
            distance.add_moments(moments_of(side), real=is_real)
        n_real, name = real.n or 0, extractor.score_name("frechet")
        scores = [Score(name, distance.values(name)[name], n_real=n_real)]
    return [replace(score, provenance=_provenance(metric, fake, real, score, seed)) for score in scores]


def moments_of(side: Side) -> Moments:
    """The moments of a side's features, on rank 0.

    Raises:
        UsageError: its statistics have no features.
    """
    if side.moments is not None:
        return side.moments
    return moments_of_statistics(side.stats or {})


def moments_of_statistics(stats: SampleStats) -> Moments:
    """The moments of gathered statistics.

    Raises:
        UsageError: they have no features.
    """
    distance = FrechetDistance(sync_on_compute=False)
    if "moments" in stats:
        distance.add_moments(Moments.unpack(stats["moments"][0]), real=True)
    elif "features" not in stats:
        raise UsageError("save_moments takes a metric with features: choose one, such as metric=inception")
    if "features" in stats:
        distance.update(stats["features"], real=True)
    return distance.moments(real=True)


def _provenance(metric: Metric, fake: Side, real: Side, score: Score, seed: int) -> Provenance:
    return Provenance(
        data=real.name,
        split="files",
        **metric.extraction,
        n_real=None if real.n is None else score.n_real,
        n_fake=fake.n,
        ema=None,
        normalization=None,
        seed=seed,
    )
