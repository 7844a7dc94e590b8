"""A learning rate that falls in a straight line."""

from __future__ import annotations

from gan_lightning.core.validation import Count, Decay, validate_arguments


class LinearDecay:
    """Factor on the learning rates in step k: 1 for a while, then a straight line to `final`, which stays.

    Args:
        end_step: step at which the rate reaches its last value.
        hold_fraction: share of the steps until then that keep the full rate.
        final: share of the rate that is left at the end.
    """

    @validate_arguments
    def __init__(self, end_step: Count, hold_fraction: Decay = 0.0, final: Decay = 0.0) -> None:
        self.end_step, self.hold_fraction, self.final = end_step, hold_fraction, final

    def __call__(self, step: int) -> float:
        """The factor in this step, between `final` and 1."""
        return self.final + (1 - self.final) * min(1.0, max(0.0, (1 - step / self.end_step) / (1 - self.hold_fraction)))
