"""A metric with its real reference, sharded over processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_lightning.core.paths import cache_dir
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.metric import feature_cache
from gan_lightning.metric.base import LABEL, Metric, SampleStats
from gan_lightning.metric.provenance import Normalization, Provenance
from gan_lightning.metric.reference import RowSelection, real_samples
from gan_lightning.metric.registry import register
from gan_lightning.metric.score import Score


class Evaluation(NamedTuple):
    """The scores of a generator.

    Attributes:
        scores: the most informative one first; none if any fake is not finite.
        nonfinite: number of fakes with NaN or infinity.
        collapse: one line that says that nearly all fakes are the same; None where they are not.
    """

    scores: list[Score]
    nonfinite: int
    collapse: str | None


class Evaluator:
    """Scores generators against the same reals again and again, the same on any number of processes.

    Each process makes its share of the fakes and extracts their statistics, always in whole batches, so that a fake is
    the same on whichever process it is made. Statistics are gathered in the order of the fakes, on rank 0 alone, which
    computes the scores.

    Args:
        metric: on its device.
        data: the real data, after `setup`.
        n_fake: number of fakes; of translated images at most one for each of the reference.
        n_real: largest number of reals; None: the metric's own.
        full: also the scores that are too slow for training.
        seed: of random subsets.
        group: the processes; every rank must make the same calls.
        batch: samples made at once; None: the metric's own batch.
        conditional: the generator is conditional: fakes have the labels of the reference, classes in their proportions,
            and of classes there are scores by class, too.
        cache: folder for statistics of the reals; None: the user's cache folder.

    Attributes:
        real_vs_real: scores of reals in place of fakes, by name, on rank 0; empty where there are too few.
        n_spare_real: number of reals outside the reference; None for a distribution, which has no end.
        label: the labels of the fakes, [n_fake, ...]; None for an unconditional generator.

    Raises:
        UsageError: the metric does not apply to the data, or there are too few.
    """

    def __init__(
        self,
        metric: Metric,
        data: AdversarialDataModule,
        *,
        n_fake: int,
        n_real: int | None = None,
        full: bool = False,
        seed: int = 0,
        group: ProcessGroup | None = None,
        batch: int | None = None,
        conditional: bool = False,
        cache: Path | None = None,
    ) -> None:
        metric.check(data)
        self.metric, self.n_fake, self.full, self.seed = metric, n_fake, full, seed
        self.group, self.batch = group or ProcessGroup.current(), batch or metric.batch
        self._cache = cache or cache_dir() / "reals"
        reals = real_samples(data, metric.split, n_real or metric.n_real or n_fake, n_fake)
        self.name, self.split, self.n_spare_real = reals.name, reals.split, reals.n_spare
        self.n_real = len(reals.reference)
        self.real = self._cached(reals.reference) if metric.uses_real else {}
        stand_in = None if reals.stand_in_fakes is None else self._cached(reals.stand_in_fakes)
        self.label = reals.reference.labels_in_proportion(n_fake) if conditional else None
        if self.label is not None and self.label.dim() == 4:  # a translation is a function of its image: none twice
            self.n_fake = min(n_fake, self.n_real)
            self.label = self.label[: self.n_fake]
        self._by_class = self.label is not None and self.label.dim() == 1
        if self._by_class:
            for stats, selection in ((self.real, reals.reference), (stand_in, reals.stand_in_fakes)):
                if stats and selection is not None and selection.label is not None:
                    stats[LABEL] = selection.label
        self.real_vs_real: dict[str, float] = {}
        if stand_in is not None and self.group.rank == 0:
            self.real_vs_real = {score.name: score.value for score in self._scores(stand_in)}

    def __call__(self, sample: Callable[..., Tensor], latents: Callable[[Tensor], Tensor]) -> Evaluation:
        """Scores a generator; a collective, with the same result on every rank.

        Args:
            sample: latents [batch, latent_dim], and labels [batch, ...] if conditional, → fakes [batch, *shape].
            latents: numbers of fakes, int64 [batch] → their latents.
        """
        nonfinite = 0

        def parts() -> Iterator[SampleStats]:
            nonlocal nonfinite
            for numbers in torch.split(self.group.rows(self.n_fake), self.batch):
                filling = numbers.new_zeros(self.batch - len(numbers))
                whole = torch.cat([numbers, filling])
                label = [] if self.label is None else [self.label[whole]]
                fakes = sample(latents(whole), *label)[: len(numbers)]
                nonfinite += int((~fakes.isfinite()).flatten(1).any(1).sum())
                if not nonfinite:
                    yield self.metric.extract(fakes)

        fake = self.metric.gather(parts(), self.group)
        if nonfinite := self.group.all_sum(nonfinite):
            return Evaluation([], nonfinite, None)
        fake |= {LABEL: self.label} if self._by_class and self.label is not None else {}
        evaluation = Evaluation([], 0, None)
        if self.group.rank == 0:
            scores = [replace(score, real_vs_real=self.real_vs_real.get(score.name)) for score in self._scores(fake)]
            evaluation = Evaluation(scores, 0, self.metric.collapse(self.real, fake))
        return self.group.broadcast_object(evaluation)

    def provenance(
        self,
        score: Score,
        *,
        ema: bool,
        normalization: Normalization,
        truncation: float | None = None,
        standing: int = 0,
    ) -> Provenance:
        """The provenance of one of the evaluation's scores."""
        return Provenance(
            data=self.name,
            split=self.split,
            **self.metric.extraction,
            n_real=score.n_real,
            n_fake=self.n_fake,
            ema=ema,
            normalization=normalization,
            seed=self.seed,
            truncation=truncation,
            standing=standing,
        )

    def _scores(self, fake: SampleStats) -> list[Score]:
        scores = self.metric.scores(self.real, fake, seed=self.seed, full=self.full)
        register({score.name: score.better for score in scores})
        return scores

    def _cached(self, selection: RowSelection) -> SampleStats:
        """Statistics of the reals on rank 0, from the cache where they are there."""
        if self.metric.cache_key is None:
            return self._extracted(selection)
        first = self.group.rank == 0
        file = feature_cache.cache_file(self._cache, self.metric.cache_key, selection.digest()) if first else None
        stats = None if file is None else feature_cache.load_features(file)
        if not self.group.broadcast_object(stats is not None):
            stats = self._extracted(selection)
            if file is not None:
                feature_cache.save_features(file, stats)
        return stats or {}

    def _extracted(self, selection: RowSelection) -> SampleStats:
        numbers = self.group.rows(len(selection))
        return self.metric.gather((self.metric.extract(p) for p in selection.parts(numbers, self.batch)), self.group)


def normalization(generator: nn.Module, standing: int = 0) -> Normalization:
    """The statistics that a generator in eval mode normalizes by, for its scores' provenance."""
    norms = [layer for layer in generator.modules() if isinstance(layer, _BatchNorm)]
    if not norms:
        return "none"
    if not all(norm.running_mean is not None for norm in norms):
        return "batch"
    return "standing" if standing else "running"
