"""A factor that stays."""

from __future__ import annotations

from gan_lightning.core.validation import Positive, validate_arguments


class Constant:
    """The same factor in every round: several objectives' recipes made quicker by one number.

    Args:
        times: the factor.
    """

    @validate_arguments
    def __init__(self, factor: Positive = 1.0) -> None:
        self.factor = factor

    def __call__(self, round: int) -> float:
        """The factor in this round."""
        return self.factor
