"""R1 and R2: zero-centered gradient penalties at the samples."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from gan_lightning.core.rng import StepRNG
from gan_lightning.core.validation import Count, NonNegative, validate_arguments
from gan_lightning.penalty.base import BatchFraction, Critic, first_fraction, input_gradients, is_skipped


class R1R2:
    """γ₁/2 E‖∇D(x)‖² + γ₂/2 E‖∇D(G(z))‖² (Mescheder et al. 2018, arXiv:1801.04406, eqs. 9 and 10).

    Args:
        r1: γ₁, on real samples; the paper takes 10.
        r2: γ₂, on fakes; R3GAN (arXiv:2501.05441) takes the same for both.
        interval: compute the term in every `interval`-th critic update only, `interval` times as strong: the same
            average pull for less work (lazy regularisation, Karras et al. 2020, arXiv:1912.04958, section 3.1, with
            16).
        batch_fraction: fraction of the batch that the means are taken over: unbiased, noisier, cheaper.
    """

    per_sample: ClassVar[bool] = True

    @validate_arguments
    def __init__(
        self, r1: NonNegative = 10.0, r2: NonNegative = 0.0, interval: Count = 1, batch_fraction: BatchFraction = 1.0
    ) -> None:
        self.r1, self.r2, self.interval, self.batch_fraction = r1, r2, interval, batch_fraction

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor, rng: StepRNG | None = None) -> Tensor | None:
        """The term; None in the updates between.

        Raises:
            UsageError: the fraction is not a whole number of samples.
        """
        if is_skipped(self, rng):
            return None
        terms = [
            gamma / 2 * input_gradients(critic, first_fraction(samples, self.batch_fraction)).square().sum(1).mean()
            for gamma, samples in ((self.r1, real), (self.r2, fake))
            if gamma
        ]
        return self.interval * sum(terms[1:], terms[0]) if terms else None

    def project(self, critic: nn.Module) -> None:
        """No projection."""

    def stronger(self, points: bool) -> dict[str, float]:
        """Ten times γ₁."""
        return {"r1": 10 * self.r1} if self.r1 else {}
