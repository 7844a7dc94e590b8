"""Weight clipping."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from gan_lightning.core.rng import StepRNG
from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.penalty.base import Critic


class WeightClipping:
    """Clamps every parameter of the critic to [-c, c] after each critic update (Arjovsky et al. 2017, algorithm 1).

    Args:
        clip: c.
    """

    per_sample: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, clip: Positive = 0.01) -> None:
        self.clip = clip

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor, rng: StepRNG | None = None) -> Tensor | None:
        """No term."""
        return None

    @torch.no_grad()
    def project(self, critic: nn.Module) -> None:
        """Clamps in place, biases and norms' gains included, as in the paper."""
        for parameter in critic.parameters():
            parameter.clamp_(-self.clip, self.clip)

    def stronger(self, points: bool) -> dict[str, float]:
        """The paper's bound, where it is narrower."""
        return {"clip": 0.01} if self.clip > 0.01 else {}
