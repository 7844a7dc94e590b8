"""A critic that its penalty does not hold."""

from __future__ import annotations

from typing import ClassVar

import torch

from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.diagnostic.advice import rounded, stronger_penalty
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.penalty import R1R2, GradientPenalty


class PenaltyOffTarget:
    """The critic's gradient is far from where its penalty wants it.

    A gradient penalty wants ‖∇D(x̂)‖ = 1 between data and model (Gulrajani et al. 2017, arXiv:1704.00028, eq. 3); a
    one-sided one, no more. At the critic's optimum it is about 1 + W/2λ: a weight much smaller than the distance W
    holds nothing. R1 and R2 want 0 (Mescheder et al. 2018, arXiv:1801.04406): a critic that can't tell pays L(0) and
    no penalty, so one that pays more than L(0) in penalty alone is not at the minimum of anything.

    Args:
        times: ‖∇D(x̂)‖ may be so many times 1, or as small a part of it.
    """

    name: ClassVar[str] = "penalty off its target"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, times: Positive = 4.0) -> None:
        self.times = times
        self.memory: list[float] = []

    def __call__(self, look: Observation) -> Symptom | None:
        """See `Rule`."""
        penalty = look.module.penalty
        if isinstance(penalty, GradientPenalty) and look.probe is not None:
            return self._one(look, penalty, look.probe.slope.double().mean().item())
        if isinstance(penalty, R1R2) and "penalty" in look.figures:
            return self._zero(look, look.figures["penalty"] / penalty.interval)
        return None

    def _one(self, look: Observation, penalty: GradientPenalty, norm: float) -> Symptom:
        low = 0.0 if penalty.one_sided else 1 / self.times
        evidence = f"‖∇D(x̂)‖ is {norm:.3g} on average (target 1, thresholds {low:g} and {self.times:g})"
        if norm < low:
            return Symptom(True, evidence, f"objective.n_critic={max(5, 2 * look.module.n_critic)}")
        return Symptom(norm > self.times, evidence, stronger_penalty(look))

    def _zero(self, look: Observation, paid: float) -> Symptom | None:
        undecided = torch.zeros_like(look.real_score)
        most = float(look.module.loss.critic(undecided, undecided))
        if most <= 0:
            return None
        evidence = f"the critic pays {paid:.3g} for its slope (threshold {most:.3g}, its loss where it can't tell)"
        return Symptom(paid > most, evidence, f"objective.critic_optimizer.lr={rounded(look.rates['critic'].lr / 10)}")
