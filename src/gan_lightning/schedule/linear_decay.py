"""A learning rate that ends at zero."""

from __future__ import annotations

from gan_lightning.runtime.check import Count, Decay, checked


class LinearDecay:
    """Factor on the learning rates in round k: 1 for a while, then a straight line to 0.

    Args:
        end: round at which the rate reaches zero.
        hold: share of the rounds until then that keep the full rate.
    """

    @checked
    def __init__(self, end: Count, hold: Decay = 0.0) -> None:
        self.end, self.hold = end, hold

    def __call__(self, round: int) -> float:
        """The factor in this round, between 0 and 1."""
        return min(1.0, max(0.0, (1 - round / self.end) / (1 - self.hold)))
