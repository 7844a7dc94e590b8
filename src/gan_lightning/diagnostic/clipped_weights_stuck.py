"""Weights that clipping has pushed to its bounds."""

from __future__ import annotations

from typing import ClassVar

import torch

from gan_lightning.core.validation import Fraction, validate_arguments
from gan_lightning.diagnostic.advice import clip_override
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.penalty import WeightClipping


class ClippedWeightsStuck:
    """Most of the critic's weights lie at -c or c, where clipping holds them.

    Clipping pushes weights towards its two bounds, so that the critic becomes a far simpler function than it could be
    (Gulrajani et al. 2017, arXiv:1704.00028, section 3 and figure 1b); a c below a step of the optimizer holds all of
    them there from the first step. A wider box frees them; a gradient penalty needs none (objective=wgan_gp).

    Args:
        above: the share of the weights that may lie at the bounds.
    """

    name: ClassVar[str] = "critic weights stuck at ±c"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, above: Fraction = 0.5) -> None:
        self.above = above
        self.memory: list[float] = []

    @torch.no_grad()
    def __call__(self, look: Observation) -> Symptom | None:
        """See `Rule`."""
        penalty = look.module.penalty
        if not isinstance(penalty, WeightClipping):
            return None
        weights = torch.cat([weight.detach().flatten() for weight in look.module.critic.parameters()])
        share = (weights.abs() >= (1 - 1e-6) * penalty.clip).double().mean().item()
        evidence = f"{share:.0%} of them lie at ±{penalty.clip:g} (threshold {self.above:.0%})"
        return Symptom(share > self.above, evidence, clip_override(look, max(0.1, 10 * penalty.clip)))
