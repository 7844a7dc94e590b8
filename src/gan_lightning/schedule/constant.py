"""Constant factor."""

from __future__ import annotations

from gan_lightning.core.validation import Positive, validate_arguments


class Constant:
    """The same factor in every step, such as to speed up the recipes of several objectives by one number.

    Args:
        factor: the factor.
    """

    @validate_arguments
    def __init__(self, factor: Positive = 1.0) -> None:
        self.factor = factor

    def __call__(self, step: int) -> float:
        """The factor in this step."""
        return self.factor
