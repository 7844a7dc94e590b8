"""A loss: functions of the critic's scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from torch import Tensor


class PowerLoss:
    """Distances of scores from their targets, to a power: 2 is the least-squares GAN with targets -1 and 1.

    Args:
        exponent: of the distance, at least 1.
    """

    divergence_name: ClassVar[str] = "score_gap"  # the name of `divergence` in metrics.csv

    def __init__(self, exponent: float = 2.0) -> None:
        self.exponent = exponent

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """The critic's loss: scores of reals go to 1, those of fakes to -1."""
        return (real - 1).abs().pow(self.exponent).mean() + (fake + 1).abs().pow(self.exponent).mean()

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """The generator's loss: scores of fakes go to 1. `real()` would score the reals."""
        return (fake - 1).abs().pow(self.exponent).mean()

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """The estimate that the dashboard shows: near 0 if the critic can't tell fakes from reals, 2 if it can."""
        return real.mean() - fake.mean()
