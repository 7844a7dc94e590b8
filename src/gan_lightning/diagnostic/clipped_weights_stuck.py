"""Weight clipping: weights stuck at the bounds."""

from __future__ import annotations

from typing import ClassVar

import torch

from gan_lightning.core.validation import Fraction, validate_arguments
from gan_lightning.diagnostic.advice import penalty_override
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.penalty import WeightClipping


class ClippedWeightsStuck:
    """Most of the critic's weights lie at -c or c.

    Clipping pushes weights towards its two bounds, so that the critic becomes a far simpler function than it could be
    (Gulrajani et al. 2017, arXiv:1704.00028, section 3 and figure 1b); a c below a step of the optimizer keeps all of
    them there from the first step. A larger c helps; a gradient penalty needs no clipping (objective=wgan_gp).

    Args:
        above: largest allowed fraction of weights at the bounds.
    """

    name: ClassVar[str] = "critic weights stuck at ±c"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, above: Fraction = 0.5) -> None:
        self.above = above
        self.memory: list[float] = []

    @torch.no_grad()
    def __call__(self, observation: Observation) -> Symptom | None:
        """The symptom in this observation."""
        penalty = observation.module.penalty
        if not isinstance(penalty, WeightClipping):
            return None
        weights = torch.cat([weight.detach().flatten() for weight in observation.module.critic.parameters()])
        fraction = (weights.abs() >= (1 - 1e-6) * penalty.clip).double().mean().item()
        evidence = f"{fraction:.0%} of them lie at ±{penalty.clip:g} (threshold {self.above:.0%})"
        return Symptom(
            fraction > self.above, evidence, penalty_override(observation, "clip", max(0.1, 10 * penalty.clip))
        )
