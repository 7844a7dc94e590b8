"""A learning rate that falls in a straight line."""

from __future__ import annotations

from gan_lightning.core.validation import Count, Decay, validate_arguments


class LinearDecay:
    """Factor on the learning rates in round k: 1 for a while, then a straight line to `last`, which stays.

    Args:
        end: round at which the rate reaches its last value.
        hold: share of the rounds until then that keep the full rate.
        last: share of the rate that is left at the end.
    """

    @validate_arguments
    def __init__(self, end_step: Count, hold_fraction: Decay = 0.0, final: Decay = 0.0) -> None:
        self.end, self.hold, self.final = end_step, hold_fraction, final

    def __call__(self, round: int) -> float:
        """The factor in this round, between `last` and 1."""
        return self.final + (1 - self.final) * min(1.0, max(0.0, (1 - round / self.end) / (1 - self.hold)))
