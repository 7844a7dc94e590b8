"""Distance by an independent critic, as a `torchmetrics.Metric`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.data.pixels import to_float
from gan_lightning.metric.functional.optimal_critic import optimal_critic
from gan_lightning.metric.functional.spread import Estimate
from gan_lightning.metric.generative import GenerativeMetric, rows_of

SIZE, SEEDS = 500, 5
MAX_PIXELS = 64  # larger images are shrunk to this height and width


class CriticDistance(GenerativeMetric):
    """A Wasserstein-1 estimate by critics that are optimal for some of these samples: no feature network is needed.

    Each critic is the optimum of a WGAN's critic on `size` reals and as many fakes, see `optimal_critic`, and scored on
    the other samples (in the spirit of Danihelka et al. 2017, arXiv:1705.05263, whose independent critics are trained).
    In units of the samples. The value is the mean over critics of other reals and fakes, `std` their deviation. Reals
    against reals are 0 apart but for noise of either sign. States are the samples themselves: images of any size,
    points, or others, all of one shape.

    Args:
        size: reals that each critic is made of, and as many fakes; at most half of the samples.
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
        size: int = SIZE,
        seeds: int = SEEDS,
        seed: int = 0,
        reset_real_features: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(None, reset_real_features=reset_real_features, **options)
        self.size, self.seeds, self.seed = size, seeds, seed
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
        real, fake = rows_of("real", self.real_samples), rows_of("fake", self.fake_samples)
        return distance_by_critics(
            lambda seed: split(real, self.size, seed, "real"),
            fake,
            size=self.size,
            seeds=range(self.seed, self.seed + self.seeds),
        )


def distance_by_critics(
    reals: Callable[[int], tuple[Tensor, Tensor]], fake: Tensor, *, size: int, seeds: Sequence[int]
) -> Estimate:
    """The distance by a critic of each seed.

    Args:
        reals: seed → the reals that its critic is made of, and those that it scores.
        fake: [n, *shape]; `size` of them make the critic, the others are scored. Those that are the critic's own reals,
            bit for bit, are left out if others remain: of training samples in place of fakes it must know none.
        size: see `CriticDistance`.
        seeds: of the critics.

    Raises:
        UsageError: there is only one fake.
    """
    values = []
    for seed in seeds:
        real, held_out = reals(seed)
        fakes, fresh = split(_others(fake, real), size, seed, "fake")
        critic = optimal_critic(real, fakes)
        values.append(critic(held_out).mean() - critic(fresh).mean())
    return Estimate.over(torch.stack(values))


def _others(fake: Tensor, real: Tensor) -> Tensor:
    known = {row.tobytes() for row in real.cpu().numpy()}
    is_other = torch.tensor([row.tobytes() not in known for row in fake.cpu().numpy()], device=fake.device)
    return fake[is_other] if is_other.any() else fake


def split(samples: Tensor, size: int, seed: int, kind: str) -> tuple[Tensor, Tensor]:
    """`size` random samples, at most half of them, and the others.

    Raises:
        UsageError: there are fewer than two samples.
    """
    if len(samples) < 2:
        raise UsageError(f"the independent critic needs more samples than {len(samples)}: 1,000 or more of each kind")
    order = torch.randperm(len(samples), generator=new_rng(seed, kind)).to(samples.device)
    first = min(size, len(samples) // 2)
    return samples[order[:first]], samples[order[first:]]


def as_input(samples: Tensor) -> Tensor:
    """Samples as critics take them, in single precision; images of more than 64 px are shrunk by area."""
    found = to_float(samples, torch.float32).detach().float()
    if found.dim() == 4 and max(found.shape[2:]) > MAX_PIXELS:
        height, width = (min(size, MAX_PIXELS) for size in found.shape[2:])
        found = adaptive_avg_pool2d(found, (height, width))
    return found
