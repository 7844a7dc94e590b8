"""A noisy spiral in the plane."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gan_lightning.core.validation import BatchSize, LargeCount, NonNegative, NumWorkers, Positive, validate_arguments
from gan_lightning.data.base_points import Points
from gan_lightning.data.distribution import SamplingDistribution
from gan_lightning.data.io.declared_shape import Shape


class Spiral(SamplingDistribution):
    """(t cos t, t sin t) with t uniform on [1.5π, 4.5π), plus isotropic Gaussian noise, all divided by `scale`.

    Args:
        noise: standard deviation before the division.
        scale: the divisor.
    """

    def __init__(self, noise: float, scale: float) -> None:
        self.noise, self.scale = noise, scale

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """See `SamplingDistribution.sample`."""
        t = 1.5 * math.pi * (1 + 2 * torch.rand(n, generator=rng))
        curve = torch.stack([t * t.cos(), t * t.sin()], dim=1)
        return (curve + self.noise * torch.randn(n, 2, generator=rng)) / self.scale


class SwissRoll(Points[Spiral]):
    """The Swiss roll along its axis (Gulrajani et al. 2017, arXiv:1704.00028; Marsland's parametrisation).

    Args:
        noise: standard deviation about the curve, before scaling.
        scale: divisor of the coordinates; 7.5 makes their standard deviation a little less than 1.
        held_out: size of the held-out sample, which is the same in every run.
        shape: declared for other parts of a config; [2].
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; drawing points takes none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        noise: NonNegative = 0.25,
        scale: Positive = 7.5,
        held_out: LargeCount = 2500,
        shape: Shape | None = None,
        batch_size: BatchSize = 256,
        num_workers: NumWorkers = 0,
    ) -> None:
        super().__init__(
            Spiral(noise, scale), held_out=held_out, shape=shape, batch_size=batch_size, num_workers=num_workers
        )
