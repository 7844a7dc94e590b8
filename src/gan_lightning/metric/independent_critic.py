"""Score of a run's generator by an independent critic."""

from __future__ import annotations

from collections.abc import Sized
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate
from typing_extensions import Self

from gan_lightning.core.rng import derive_seed
from gan_lightning.core.validation import Count, Index, LargeCount, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import SampleSource
from gan_lightning.metric.base import ExtractionSettings, SampleStats
from gan_lightning.metric.critic_distance import MAX_PIXELS, as_input, distance_by_critics, split
from gan_lightning.metric.functional.spread import Estimate
from gan_lightning.metric.reference import too_few
from gan_lightning.metric.registry import CRITIC
from gan_lightning.metric.sample_metric import SampleMetric
from gan_lightning.metric.score import Score

MIN_VARIETY = 0.01  # smallest variance of fakes that are not collapsed, as a share of the reals'


class IndependentCritic(SampleMetric):
    """A Wasserstein-1 estimate by a critic that takes no part in the game; for data of any kind.

    The critic is the optimum of a WGAN's critic on training reals and fakes, see `optimal_critic`; it is scored on
    held-out reals against other fakes. It works for every objective, and needs neither training nor a feature network.
    A score is the mean over several critics, of other reals and fakes each; `evaluate` gives their deviation, too. Rank
    0 computes; the value is the same on any number of processes.

    Batch norm of the averaged generator is scored with standing statistics: its running ones are those of the last
    batches of another network, and move the brightness of all samples from scoring to scoring.

    Args:
        size: reals that a critic is made of, and as many fakes; at most half of the fakes.
        seeds: number of critics of a score during training.
        evaluation_seeds: number of critics of `python -m gan_lightning.evaluate`.
        critic_seed: chooses the samples of the (first) critic, whatever the run's seed.
        standing: forward passes of 64 that standing statistics are taken over; 0 keeps the running ones.
        n_fake_training: number of fakes of a score during training.
        n_fake_evaluation: number of fakes of a score by `evaluate`.
        too_few: in training on data with too few held-out samples: refuse, or skip the scores and say so.
    """

    n_real: int | None = 2_000
    batch = 100
    main_score = CRITIC
    _train: SampleSource | None = None
    _size: tuple[int, ...] = ()  # height and width of the data's images

    @validate_arguments
    def __init__(
        self,
        *,
        size: Count = 500,
        seeds: Count = 2,
        evaluation_seeds: Count = 5,
        critic_seed: Index = 0,
        standing: Index = 16,
        n_fake_training: LargeCount = 1000,
        n_fake_evaluation: LargeCount = 6000,
        too_few: Literal["refuse", "skip"] = "refuse",
    ) -> None:
        self.size, self.critic_seed, self.standing = size, critic_seed, standing
        self.seeds, self.evaluation_seeds = seeds, evaluation_seeds
        self.n_fake_training, self.n_fake_evaluation = n_fake_training, n_fake_evaluation
        self._skip = too_few == "skip"
        self._device = torch.device("cpu")
        self.extraction = ExtractionSettings(
            extractor=f"critics optimal for {size} reals and fakes, from seed {critic_seed}: {seeds} in training, "
            f"{evaluation_seeds} in evaluations",
            weights=None,
            resize=f"area, at most {MAX_PIXELS} px",
            quantized=False,
        )

    def to(self, device: torch.device | str) -> Self:
        """See `Metric.to`."""
        self._device = torch.device(device)
        return self

    def check(self, data: AdversarialDataModule) -> None:
        """See `Metric.check`."""
        self._train, self._size = data.train, tuple(as_input(torch.zeros(1, *data.shape)).shape[2:])

    def skipped(self, data: AdversarialDataModule) -> str | None:
        """See `SampleMetric.skipped`: there are too few held-out samples."""
        return too_few(data, self.split) if self._skip else None

    def extract(self, samples: Tensor) -> SampleStats:
        """See `Metric.extract`. Images of a lower level of a progressive generator are enlarged by repeating pixels."""
        found = as_input(samples)
        if found.dim() == 4 and self._size and found.shape[2:] != self._size:
            found = interpolate(found, self._size)
        return {"samples": found}

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """See `Metric.scores`."""
        found = self._distance(real["samples"], fake["samples"], self.evaluation_seeds if full else self.seeds)
        return [Score(CRITIC, found.mean, found.std if full else None, n_real=len(real["samples"]))]

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """See `Metric.collapse`: the fakes are nearly one sample."""
        x, y = (stats["samples"].flatten(1).double() for stats in (real, fake))
        variety = (y.var(0).sum() / x.var(0).sum()).item()
        return f"its samples vary {variety:.1%} as much as the reals" if variety < MIN_VARIETY else None

    def _distance(self, held_out: Tensor, fake: Tensor, seeds: int) -> Estimate:
        def reals(seed: int) -> tuple[Tensor, Tensor]:
            if self._train is None:  # files of samples: reals are split as fakes are
                return split(held_out.to(self._device), self.size, seed, "real")
            known = len(self._train) if isinstance(self._train, Sized) else self.size
            batch = self._train.batch(derive_seed(seed, CRITIC), 0, min(self.size, known))
            return as_input(batch).to(self._device), held_out.to(self._device)

        chosen = range(self.critic_seed, self.critic_seed + seeds)
        return distance_by_critics(reals, fake.to(self._device), size=self.size, seeds=chosen)
