"""A critic so sure that its loss has nothing left to teach it."""

from __future__ import annotations

from typing import ClassVar

import torch

from gan_lightning.core.validation import Fraction, validate_arguments
from gan_lightning.diagnostic.advice import slow_critic
from gan_lightning.diagnostic.base import Observation, Symptom, slope


class CriticSaturation:
    """The critic's loss is nearly flat at its scores, Σ|∂L/∂s| against that of a critic that can't tell (all scores 0).

    It tells all samples apart, as it always can where the supports of data and model hardly meet (Arjovsky & Bottou
    2017, arXiv:1701.04862, theorems 2.1 and 2.2); for a cross entropy, 2% is 99% sure of the right answer. Wasserstein
    losses are never flat. What helps is a critic that learns no faster than the generator, or a penalty on its gradient
    at the data (Mescheder et al. 2018, arXiv:1801.04406).

    Args:
        below: the share of its slope that a loss must keep.
    """

    name: ClassVar[str] = "critic saturated"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, below: Fraction = 0.02) -> None:
        self.below = below
        self.memory: list[float] = []

    def __call__(self, look: Observation) -> Symptom | None:
        """See `Rule`."""
        undecided = torch.zeros_like(look.real_score)
        full = _slope(look, undecided, undecided)
        if not full:
            return None
        left = _slope(look, look.real_score, look.fake_score) / full
        evidence = f"its loss keeps {left:.2%} of its slope (threshold {self.below:.0%})"
        return Symptom(left < self.below, evidence, slow_critic(look))


def _slope(look: Observation, real: torch.Tensor, fake: torch.Tensor) -> float:
    loss, real, fake = look.module.loss, real.double(), fake.double()
    return slope(lambda s: loss.critic(s, fake), real) + slope(lambda s: loss.critic(real, s), fake)
