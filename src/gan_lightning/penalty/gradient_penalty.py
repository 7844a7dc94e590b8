"""WGAN-GP: unit gradient norm between real and generated samples."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from gan_lightning.core.rng import StepRNG
from gan_lightning.core.validation import Count, NonNegative, validate_arguments
from gan_lightning.penalty.base import BatchFraction, Critic, first_fraction, input_gradients, is_skipped

TINY = 1e-12  # inside the root: its slope at zero is infinite


class GradientPenalty:
    """λ E(‖∇D(x̂)‖₂ - 1)², x̂ = εx + (1-ε)G(z), ε ~ U[0, 1] per sample (Gulrajani et al. 2017, arXiv:1704.00028, eq. 3).

    Args:
        weight: λ; the paper takes 10 for images and 0.1 for 2-D toys.
        one_sided: penalise only norms above 1 (the paper's appendix): λ E max(0, ‖∇D‖ - 1)².
        interval: compute the term in every `interval`-th critic update only, `interval` times as strong (lazy
            regularisation, which Karras et al. 2020, arXiv:1912.04958, section 3.1, use with R1).
        batch_fraction: fraction of the batch that the mean is taken over: unbiased, noisier, cheaper. Not in the paper.
    """

    per_sample: ClassVar[bool] = True

    @validate_arguments
    def __init__(
        self,
        weight: NonNegative = 10.0,
        one_sided: bool = False,
        interval: Count = 1,
        batch_fraction: BatchFraction = 1.0,
    ) -> None:
        self.weight, self.one_sided, self.interval, self.batch_fraction = weight, one_sided, interval, batch_fraction

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor, rng: StepRNG | None = None) -> Tensor | None:
        """The term, for as many reals as fakes; None in the updates between.

        Raises:
            UsageError: the fraction is not a whole number of samples.
        """
        if is_skipped(self, rng):
            return None
        real, fake = first_fraction(real, self.batch_fraction), first_fraction(fake, self.batch_fraction)
        epsilon = (rng or StepRNG()).uniform(len(real), *[1] * (real.dim() - 1), device=real.device)
        between = torch.lerp(fake.to(real.dtype), real, epsilon.to(real.dtype))
        norms = input_gradients(critic, between).square().sum(1).add(TINY).sqrt()
        excess = relu(norms - 1) if self.one_sided else norms - 1
        return self.weight * self.interval * excess.square().mean()

    def project(self, critic: nn.Module) -> None:
        """No projection."""

    def stronger(self, points: bool) -> dict[str, float]:
        """Ten times the weight; from 0, the paper's: 0.1 for toys, 10 for images."""
        return {"weight": 10 * self.weight or (0.1 if points else 10.0)}
