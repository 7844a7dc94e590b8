"""A learning rate that falls in a straight line."""

from __future__ import annotations

from gan_lightning.core.validation import Count, Decay, checked


class LinearDecay:
    """Factor on the learning rates in round k: 1 for a while, then a straight line to `last`, which stays.

    Args:
        end: round at which the rate reaches its last value.
        hold: share of the rounds until then that keep the full rate.
        last: share of the rate that is left at the end.
    """

    @checked
    def __init__(self, end: Count, hold: Decay = 0.0, last: Decay = 0.0) -> None:
        self.end, self.hold, self.last = end, hold, last

    def __call__(self, round: int) -> float:
        """The factor in this round, between `last` and 1."""
        return self.last + (1 - self.last) * min(1.0, max(0.0, (1 - round / self.end) / (1 - self.hold)))
