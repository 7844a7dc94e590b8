"""No constraint on the critic."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from gan_lightning.core.rng import StepRNG
from gan_lightning.penalty.base import Critic


class NoPenalty:
    """No penalty: an unconstrained critic, or one constrained by its own layers (spectral normalization)."""

    per_sample: ClassVar[bool] = False

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor, rng: StepRNG | None = None) -> Tensor | None:
        """No term."""
        return None

    def project(self, critic: nn.Module) -> None:
        """No projection."""
