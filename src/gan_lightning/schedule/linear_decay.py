"""A learning rate that ends at zero."""

from __future__ import annotations

from gan_lightning.runtime.check import Count, Index, checked
from gan_lightning.runtime.refusal import Refusal


class LinearDecay:
    """Factor on the learning rates in round k: 1 until `start`, then a straight line to 0 at `end`.

    Args:
        start: last round at the full rate.
        end: round at which the rate reaches zero.
    """

    @checked
    def __init__(self, end: Count, start: Index = 0) -> None:
        if start >= end:
            raise Refusal(f"LinearDecay: start={start} is not before end={end}")
        self.start, self.end = start, end

    def __call__(self, round: int) -> float:
        """The factor in this round, between 0 and 1."""
        return min(1.0, max(0.0, (self.end - round) / (self.end - self.start)))
