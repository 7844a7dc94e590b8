"""A factor that falls along half a cosine."""

from __future__ import annotations

from math import cos, pi

from gan_lightning.core.validation import Count, Fraction, validate_arguments


class Cosine:
    """Factor in round k: from 1 along half a cosine to `final`, where it stays (R3GAN, arXiv:2501.05441, appendix).

    Args:
        end: round at which it is `final`.
        final: the factor then.
    """

    @validate_arguments
    def __init__(self, end_step: Count, final: Fraction = 0.0) -> None:
        self.end, self.final = end_step, final

    def __call__(self, round: int) -> float:
        """The factor in this round, between `final` and 1."""
        return self.final + (1 - self.final) * (1 + cos(pi * min(1.0, round / self.end))) / 2
