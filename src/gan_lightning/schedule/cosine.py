"""Cosine decay."""

from __future__ import annotations

from math import cos, pi

from gan_lightning.core.validation import Count, Fraction, validate_arguments


class Cosine:
    """Factor in step k: from 1 along half a cosine to `final`, where it stays (R3GAN, arXiv:2501.05441, appendix).

    Args:
        end_step: step at which the factor reaches `final`.
        final: the factor from then on.
    """

    @validate_arguments
    def __init__(self, end_step: Count, final: Fraction = 0.0) -> None:
        self.end_step, self.final = end_step, final

    def __call__(self, step: int) -> float:
        """The factor in this step, between `final` and 1."""
        return self.final + (1 - self.final) * (1 + cos(pi * min(1.0, step / self.end_step))) / 2
