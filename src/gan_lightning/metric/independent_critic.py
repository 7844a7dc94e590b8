"""Score of a run's generator by an independent critic."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor
from typing_extensions import Self

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import derive_seed
from gan_lightning.core.structure import difference
from gan_lightning.core.validation import Count, Index, LargeCount, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import SampleSource
from gan_lightning.metric.base import ExtractionSettings, SampleStats
from gan_lightning.metric.critic_distance import CriticDistance, distance_by_critics, split
from gan_lightning.metric.functional.spread import Estimate
from gan_lightning.metric.reference import too_few
from gan_lightning.metric.registry import CRITIC
from gan_lightning.metric.sample_metric import SampleMetric
from gan_lightning.metric.score import Score
from gan_lightning.metric.small_critic import (
    GP_WEIGHT,
    LEARNING_RATE,
    MAX_PIXELS,
    SmallCritic,
    as_input,
    describe_network,
    settings_of,
)

MIN_VARIETY = 0.01  # smallest variance of fakes that are not collapsed, as a share of the reals'


class IndependentCritic(SampleMetric):
    """A Wasserstein-1 estimate by a small critic that takes no part in the game; for data of any kind.

    The critic is trained on training reals against two thirds of the fakes, and scored on held-out reals against the
    other fakes, see `SmallCritic`. It works for every objective, and needs no feature network. During training the
    critic of images begins anew at each scoring, with the same random numbers: what it has not learned yet, and what
    its batches do to it, is common to all scorings. That of other data, which has more to learn of fine differences,
    goes on from scoring to scoring, and its state is in the checkpoints. `evaluate` trains several from scratch, and
    gives the mean with its deviation. Rank 0 trains; the value is the same on any number of processes.

    Batch norm of the averaged generator is scored with standing statistics: its running ones are those of the last
    batches of another network, and move the brightness of all samples from scoring to scoring.

    Args:
        first_steps: critic updates before the first score of a training run on samples that are no images.
        steps: critic updates before each later one, and before each score of images.
        evaluation_steps: critic updates from scratch, by `python -m gan_lightning.evaluate`.
        evaluation_seeds: number of critics trained by it.
        critic_seed: of everything random about the (first) critic, whatever the run's seed.
        standing: forward passes of 64 that standing statistics are taken over; 0 keeps the running ones.
        n_fake_training: number of fakes of a score during training.
        n_fake_evaluation: number of fakes of a score by `evaluate`.
        too_few: in training on data with too few held-out samples: refuse, or skip the scores and say so.
    """

    n_real: int | None = 10_000
    batch = 100
    main_score = CRITIC
    _shape: tuple[int, ...] | None = None  # of the samples as the critic takes them
    _train: SampleSource | None = None
    _critic: SmallCritic | None = None

    @validate_arguments
    def __init__(
        self,
        *,
        first_steps: Count = 600,
        steps: Count = 100,
        evaluation_steps: Count = 500,
        evaluation_seeds: Count = 3,
        critic_seed: Index = 0,
        standing: Index = 16,
        n_fake_training: LargeCount = 1500,
        n_fake_evaluation: LargeCount = 6000,
        too_few: Literal["refuse", "skip"] = "refuse",
    ) -> None:
        self.first_steps, self.steps, self.critic_seed, self.standing = first_steps, steps, critic_seed, standing
        self.evaluation_steps, self.evaluation_seeds = evaluation_steps, evaluation_seeds
        self.n_fake_training, self.n_fake_evaluation = n_fake_training, n_fake_evaluation
        self._skip = too_few == "skip"
        self._device = torch.device("cpu")
        self.extraction = self._settings()

    def to(self, device: torch.device | str) -> Self:
        """See `Metric.to`."""
        self._device = torch.device(device)
        return self

    def check(self, data: AdversarialDataModule) -> None:
        """See `Metric.check`."""
        self._shape, self._train = tuple(as_input(torch.zeros(1, *data.shape)).shape[1:]), data.train
        self.extraction = self._settings()

    def skipped(self, data: AdversarialDataModule) -> str | None:
        """See `SampleMetric.skipped`: there are too few held-out samples."""
        return too_few(data, self.split) if self._skip else None

    def extract(self, samples: Tensor) -> SampleStats:
        """See `Metric.extract`."""
        return {"samples": as_input(samples)}

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """See `Metric.scores`."""
        found = self._from_scratch(real["samples"], fake["samples"]) if full else self._in_training(real, fake)
        return [Score(CRITIC, found.mean, found.std if full else None, n_real=len(real["samples"]))]

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """See `Metric.collapse`: the fakes are nearly one sample."""
        x, y = (stats["samples"].flatten(1).double() for stats in (real, fake))
        variety = (y.var(0).sum() / x.var(0).sum()).item()
        return f"its samples vary {variety:.1%} as much as the reals" if variety < MIN_VARIETY else None

    def _settings(self) -> ExtractionSettings:
        """The critic with all that moves its score, as far as it is known."""
        network = batch = average = ""
        if self._shape is not None:
            settings = settings_of(self._shape)
            network, batch = f", {describe_network(self._shape)}", f" of {settings.batch}"
            average = f", averaged by {settings.decay:g}" if settings.decay else ""
        steps = f"{self.evaluation_seeds} x {self.evaluation_steps} updates{batch}, seed {self.critic_seed}"
        how = f"Adam {LEARNING_RATE:g}, gradient penalty {GP_WEIGHT:g}{average}"
        return ExtractionSettings(
            extractor=f"independent critic{network}, {steps}, {how}",
            weights=None,
            resize=f"area, at most {MAX_PIXELS} px",
            quantized=False,
        )

    # ---- the critic -----------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any] | None:
        """The critic's state, for checkpoints; None before the first score, of images, and on ranks that train none."""
        return None if self._critic is None else self._critic.state_dict()

    def load_state_dict(self, state: Mapping[str, Any] | None) -> None:
        """Goes on from a state; None: from the beginning. After `check`.

        Raises:
            UsageError: it is not the state of a critic of these data.
        """
        self._critic = None
        if state is None or self._shape is None or self._begins_anew:
            return
        critic = self._new_critic()
        if wrong := difference(critic.state_dict(), state, CRITIC):
            raise UsageError(f"the checkpoint is not one of this run: {wrong}")
        critic.load_state_dict(dict(state))
        self._critic = critic

    @property
    def _begins_anew(self) -> bool:
        return self._shape is not None and settings_of(self._shape).begins_anew

    def _new_critic(self) -> SmallCritic:
        assert self._shape is not None
        return SmallCritic(self._shape, seed=self.critic_seed, device=self._device)

    def _in_training(self, real: SampleStats, fake: SampleStats) -> Estimate:
        trained, fresh = split(fake["samples"])
        critic = self._critic or self._new_critic()
        is_first = critic.steps == 0 and not self._begins_anew
        critic.train(partial(self._reals, self.critic_seed), trained, self.first_steps if is_first else self.steps)
        self._critic = None if self._begins_anew else critic
        return Estimate(critic.distance(real["samples"], fresh), 0.0)

    def _from_scratch(self, real: Tensor, fake: Tensor) -> Estimate:
        seeds = range(self.critic_seed, self.critic_seed + self.evaluation_seeds)
        if self._train is None:  # files of samples: reals are split as fakes are
            distance = CriticDistance(
                steps=self.evaluation_steps, seeds=len(seeds), seed=seeds.start, sync_on_compute=False
            ).to(self._device)
            for samples, is_real in ((real, True), (fake, False)):
                distance.update(samples, real=is_real)
            return distance.score()
        trained, fresh = split(fake)
        return distance_by_critics(
            self._reals, trained, real, fresh, steps=self.evaluation_steps, seeds=seeds, device=self._device
        )

    def _reals(self, seed: int, step: int) -> Tensor:
        """The training reals of a critic update."""
        assert self._train is not None
        assert self._shape is not None
        return as_input(self._train.batch(derive_seed(seed, CRITIC), step, settings_of(self._shape).batch))
