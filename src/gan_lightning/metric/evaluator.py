"""A metric, the reals that it holds fakes against, and the processes that share the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_lightning.core.paths import cache_dir
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.metric import feature_cache
from gan_lightning.metric.base import LABEL, Metric, SampleStats, Score
from gan_lightning.metric.provenance import Normalization, Provenance
from gan_lightning.metric.reference import RowSelection, real_samples


class Evaluation(NamedTuple):
    """Of a generator.

    Attributes:
        scores: the most telling first; none where fakes were broken.
        broken: fakes with NaN or infinity.
        collapse: in words, that nearly all fakes are the same.
    """

    scores: list[Score]
    nonfinite: int
    collapse: str | None


class Evaluator:
    """Scores generators against the same reals again and again, the same on any number of processes.

    Each process makes and looks at its share of the fakes, always in whole batches, so that a fake is the same in
    whichever it is made. What all saw is joined in the order of the fakes; the first process computes the scores.

    Args:
        metric: what samples are looked at with, on its device.
        data: the real data, after `setup`.
        n_fake: fakes.
        n_real: most reals; None: the metric's own number.
        full: all scores, not only the quick ones.
        seed: of subsets.
        group: the processes; all must do the same.
        batch: samples made at once; None: as many as the metric looks at at once.
        conditional: the generator is told classes, those of the reference in their proportions; score them, too.
        cache: folder for what was seen of the reals; None: the user's cache folder.

    Attributes:
        floor: scores of reals in place of fakes, by name, on the first process; empty where there are too few.
        left: how many reals there are for the floor; None where they never end.
        label: the classes that fakes are of, int64 [n_fake]; None where they are told none.

    Raises:
        UsageError: the metric is not for such data, or there are too few.
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
        self.name, self.split, self.n_spare_real, self.n_real = (
            reals.name,
            reals.split,
            reals.n_spare,
            len(reals.reference),
        )
        self._real = self._kept(reals.reference) if metric.uses_real else {}
        others = self._kept(reals.stand_in_fakes) if reals.stand_in_fakes is not None else None
        self.label = reals.reference.labels_in_proportion(n_fake) if conditional else None
        if self.label is not None:
            for seen, picked in ((self._real, reals.reference), (others, reals.stand_in_fakes)):
                if seen is not None and picked is not None and picked.label is not None:
                    seen[LABEL] = picked.label
        self.real_vs_real: dict[str, float] = {}
        if others is not None and self.group.rank == 0:
            self.real_vs_real = {score.name: score.value for score in self._scores(others)}

    def __call__(self, sample: Callable[..., Tensor], latents: Callable[[Tensor], Tensor]) -> Evaluation:
        """Scores a generator. All processes must ask at once, and all get the verdict.

        Args:
            sample: latents [batch, latent_dim], and classes [batch] where it is told any, → fakes [batch, *shape].
            latents: numbers of fakes, int64 [batch] → their latents.
        """
        broken = 0
        parts: list[SampleStats] = []
        for numbers in torch.split(self.group.rows(self.n_fake), self.batch):
            filling = numbers.new_zeros(self.batch - len(numbers))
            whole = torch.cat([numbers, filling])
            label = [] if self.label is None else [self.label[whole]]
            made = sample(latents(whole), *label)[: len(numbers)]
            broken += int((~made.isfinite()).flatten(1).any(1).sum())
            if not broken:
                parts.append(self.metric.extract(made))
        if broken := self.group.all_sum(broken):
            return Evaluation([], broken, None)
        fake = self._joined(parts) | ({} if self.label is None else {LABEL: self.label})
        verdict = Evaluation([], 0, None)
        if self.group.rank == 0:
            verdict = Evaluation(self._scores(fake), 0, self.metric.collapse(self._real, fake))
        return self.group.broadcast_object(verdict)

    def passport(
        self,
        score: Score,
        *,
        ema: bool,
        normalization: Normalization,
        truncation: float | None = None,
        standing: int = 0,
    ) -> Provenance:
        """How this score was made."""
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
        return self.metric.scores(self._real, fake, seed=self.seed, full=self.full)

    def _kept(self, picked: RowSelection) -> SampleStats:
        """What all processes see of the reals, or saw of them once; the first process has it in the end."""
        if self.metric.key is None:
            return self._look(picked)
        first = self.group.rank == 0
        file = feature_cache.cache_file(self._cache, self.metric.key, picked.digest()) if first else self._cache
        found = feature_cache.load_features(file) if first else None
        if not self.group.broadcast_object(found is not None):
            found = self._look(picked)
            if first:
                feature_cache.save_features(file, found)
        return found or {}

    def _look(self, picked: RowSelection) -> SampleStats:
        numbers = self.group.rows(len(picked))
        return self._joined(self.metric.extract(part) for part in picked.parts(numbers, self.batch))

    def _joined(self, parts: Iterable[SampleStats]) -> SampleStats:
        """All processes' rows by name."""
        shares: dict[str, list[Tensor]] = {}
        for part in parts:
            for name, rows in part.items():
                shares.setdefault(name, []).append(rows.cpu())
        return {name: self.group.gather_rows(torch.cat(share)) for name, share in shares.items()}


def normalization(generator: nn.Module, standing: int = 0) -> Normalization:
    """What a generator in eval mode normalizes by, for passports."""
    norms = [layer for layer in generator.modules() if isinstance(layer, _BatchNorm)]
    if not norms:
        return "none"
    if not all(norm.running_mean is not None for norm in norms):
        return "batch"
    return "standing" if standing else "running"
