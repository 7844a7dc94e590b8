"""A factor that stays."""

from __future__ import annotations

from gan_lightning.core.validation import Positive, checked


class Constant:
    """The same factor in every round: several objectives' recipes made quicker by one number.

    Args:
        times: the factor.
    """

    @checked
    def __init__(self, times: Positive = 1.0) -> None:
        self.times = times

    def __call__(self, round: int) -> float:
        """The factor in this round."""
        return self.times
