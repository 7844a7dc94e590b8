"""Critic saturation: a loss that is flat at the critic's scores."""

from __future__ import annotations

from typing import ClassVar

import torch

from gan_lightning.core.validation import Fraction, validate_arguments
from gan_lightning.diagnostic.advice import slower_critic
from gan_lightning.diagnostic.base import Observation, Symptom, slope


class CriticSaturation:
    """The critic's loss is nearly flat at its scores, Σ|∂L/∂s| relative to an undecided critic (all scores 0).

    It separates all samples, as it always can where the supports of data and model hardly meet (Arjovsky & Bottou 2017,
    arXiv:1701.04862, theorems 2.1 and 2.2); for a cross entropy, 2% is a confidence of 99%. Wasserstein losses are
    never flat. What helps is a critic that learns no faster than the generator, or a penalty on its gradient at the
    data (Mescheder et al. 2018, arXiv:1801.04406).

    Args:
        below: least fraction of its slope that the loss must keep.
    """

    name: ClassVar[str] = "critic saturated"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, below: Fraction = 0.02) -> None:
        self.below = below
        self.memory: list[float] = []

    def __call__(self, observation: Observation) -> Symptom | None:
        """The symptom in this observation."""
        undecided = torch.zeros_like(observation.real_score)
        full = _slope(observation, undecided, undecided)
        if not full:
            return None
        left = _slope(observation, observation.real_score, observation.fake_score) / full
        evidence = f"its loss keeps {left:.2%} of its slope (threshold {self.below:.0%})"
        return Symptom(left < self.below, evidence, slower_critic(observation))


def _slope(observation: Observation, real: torch.Tensor, fake: torch.Tensor) -> float:
    loss, real, fake = observation.module.loss, real.double(), fake.double()
    return slope(lambda s: loss.critic(s, fake), real) + slope(lambda s: loss.critic(real, s), fake)
