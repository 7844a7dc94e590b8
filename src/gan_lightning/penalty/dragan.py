"""DRAGAN: unit gradient norm around the data."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from gan_lightning.core.rng import StepRNG
from gan_lightning.core.validation import Count, NonNegative, Positive, validate_arguments
from gan_lightning.distributed.collectives import all_mean
from gan_lightning.penalty.base import Critic, input_gradients, is_skipped
from gan_lightning.penalty.gradient_penalty import TINY


class Dragan:
    """λ E(‖∇D(x + εδ)‖₂ - 1)² around real samples (Kodali et al. 2017, arXiv:1705.07215).

    The paper's noise δ is normal with a variance it leaves open; here it is that of its code: uniform on [0, 1) in each
    number, times `noise_scale` standard deviations of all numbers of the batch, with ε ~ U[0, 1] per sample.

    Args:
        weight: λ.
        noise_scale: 0.5 in the paper's code.
        interval: compute the term in every `interval`-th critic update only, `interval` times as strong.
    """

    per_sample: ClassVar[bool] = True
    batch_statistics: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, weight: NonNegative = 10.0, noise_scale: Positive = 0.5, interval: Count = 1) -> None:
        self.weight, self.noise_scale, self.interval = weight, noise_scale, interval

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor, rng: StepRNG | None = None) -> Tensor | None:
        """The term; None in the updates between. Fakes are ignored."""
        if is_skipped(self, rng):
            return None
        rng = rng or StepRNG()
        mean = all_mean(real.mean())
        deviation = all_mean((real - mean).square().mean()).sqrt()
        epsilon = rng.uniform(len(real), *[1] * (real.dim() - 1), device=real.device).to(real.dtype)
        delta = rng.uniform(len(real), *real.shape[1:], device=real.device).to(real.dtype)
        around = real + epsilon * self.noise_scale * deviation * delta
        norms = input_gradients(critic, around).square().sum(1).add(TINY).sqrt()
        return self.weight * self.interval * (norms - 1).square().mean()

    def project(self, critic: nn.Module) -> None:
        """No projection."""
