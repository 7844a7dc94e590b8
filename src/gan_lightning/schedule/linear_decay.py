"""Linear decay."""

from __future__ import annotations

from gan_lightning.core.validation import Count, Decay, validate_arguments


class LinearDecay:
    """Factor in step k: 1 at first, then a straight line to `final`, where it stays.

    Args:
        end_step: step at which the factor reaches `final`.
        hold_fraction: fraction of the steps until then with factor 1.
        final: the factor from then on.
    """

    @validate_arguments
    def __init__(self, end_step: Count, hold_fraction: Decay = 0.0, final: Decay = 0.0) -> None:
        self.end_step, self.hold_fraction, self.final = end_step, hold_fraction, final

    def __call__(self, step: int) -> float:
        """The factor in this step, between `final` and 1."""
        return self.final + (1 - self.final) * min(1.0, max(0.0, (1 - step / self.end_step) / (1 - self.hold_fraction)))
