"""Distance by an independent critic, as a `torchmetrics.Metric`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.metric.functional.spread import Estimate
from gan_lightning.metric.generative import GenerativeMetric, rows_of
from gan_lightning.metric.small_critic import SmallCritic, as_input, settings_of

STEPS, SEEDS = 500, 3


class CriticDistance(GenerativeMetric):
    """A Wasserstein-1 estimate by small critics, trained from scratch on these samples: no feature network is needed.

    Each critic is trained with a gradient penalty to tell reals from fakes, see `SmallCritic`, and scored on every
    third real and fake, which it was not trained on (Danihelka et al. 2017, arXiv:1705.05263; Im et al. 2018,
    arXiv:1803.01045). In units of the samples. The value is the mean over critics of different seeds, `std` their
    deviation. Reals against reals are 0 apart but for noise of either sign. States are the samples themselves: images
    of any size, points, or others, all of one shape.

    Args:
        steps: updates of each critic.
        seeds: number of critics.
        seed: of the first one.
        reset_real_features: see `GenerativeMetric`.
        **options: those of `torchmetrics.Metric`.
    """

    higher_is_better = False

    real_samples: list[Tensor]
    fake_samples: list[Tensor]

    def __init__(
        self,
        *,
        steps: int = STEPS,
        seeds: int = SEEDS,
        seed: int = 0,
        reset_real_features: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(None, reset_real_features=reset_real_features, **options)
        self.steps, self.seeds, self.seed = steps, seeds, seed
        self.add_state("real_samples", [], dist_reduce_fx="cat")
        self.add_state("fake_samples", [], dist_reduce_fx="cat")

    def update(self, x: Tensor, real: bool = False) -> None:
        """Adds a batch of samples [n, *shape]: uint8 images, or floats.

        Raises:
            UsageError: of another shape than those before.
        """
        rows = as_input(x).to(self.device)
        known = [*self.real_samples, *self.fake_samples]
        if known and known[0].shape[1:] != rows.shape[1:]:
            raise UsageError(
                f"the independent critic takes samples of one shape: {list(known[0].shape[1:])} and "
                f"{list(rows.shape[1:])} are two; bring them to one size first"
            )
        (self.real_samples if real else self.fake_samples).append(rows)

    def score(self) -> Estimate:
        """See `GenerativeMetric.score`."""
        real, held_out = split(rows_of("real", self.real_samples))
        fake, fresh = split(rows_of("fake", self.fake_samples))
        batch = (settings_of(real.shape[1:]).batch,)
        return distance_by_critics(
            lambda seed, step: real[torch.randint(len(real), batch, generator=new_rng(seed, "real", step))],
            fake,
            held_out,
            fresh,
            steps=self.steps,
            seeds=range(self.seed, self.seed + self.seeds),
            device=self.device,
        )


def distance_by_critics(
    real: Callable[[int, int], Tensor],
    fake: Tensor,
    held_out: Tensor,
    fresh: Tensor,
    *,
    steps: int,
    seeds: Sequence[int],
    device: torch.device,
) -> Estimate:
    """The distance by a critic of each seed, trained from scratch.

    Args:
        real: seed and number of an update → its batch of reals.
        fake: to train on, [n, *shape].
        held_out: reals to score, likewise.
        fresh: fakes to score, likewise.
        steps: updates of each critic.
        seeds: of the critics.
        device: that they are trained on.
    """
    values = []
    for seed in seeds:
        critic = SmallCritic(fake.shape[1:], seed=seed, device=device)
        critic.train(partial(real, seed), fake, steps)
        values.append(critic.distance(held_out, fresh))
    return Estimate.over(torch.tensor(values, dtype=torch.float64))


def split(samples: Tensor) -> tuple[Tensor, Tensor]:
    """Two thirds to train on, and every third sample to score.

    Raises:
        UsageError: there are fewer than three samples.
    """
    scored = torch.arange(len(samples)) % 3 == 2
    if not scored.any():
        raise UsageError(f"the independent critic needs more samples than {len(samples)}: 1,000 or more of each kind")
    return samples[~scored], samples[scored]
