"""A score with its spread."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Estimate(NamedTuple):
    """Mean and standard deviation over splits or subsets of the samples."""

    mean: float
    std: float

    @classmethod
    def over(cls, values: Tensor) -> Estimate:
        """Mean and deviation of `values` [n]; the deviation divides by n, as the scores' authors do."""
        return cls(values.mean().item(), values.std(correction=0).item())
