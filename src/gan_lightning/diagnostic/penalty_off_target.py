"""Gradient norm of the critic far from the penalty's target."""

from __future__ import annotations

from typing import ClassVar

import torch

from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.diagnostic.advice import rounded, stronger_penalty
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.penalty import R1R2, GradientPenalty


class PenaltyOffTarget:
    """The critic's gradient is far from its penalty's target.

    The target of a gradient penalty is ‖∇D(x̂)‖ = 1 between data and model (Gulrajani et al. 2017, arXiv:1704.00028,
    eq. 3); a one-sided one, at most 1. At the critic's optimum it is about 1 + W/2λ: a weight much smaller than the
    distance W has no effect. The target of R1 and R2 is 0 (Mescheder et al. 2018, arXiv:1801.04406): an undecided
    critic has the loss L(0) and no penalty, so a penalty above L(0) alone is at no minimum.

    Args:
        times: largest allowed ‖∇D(x̂)‖, and its inverse the smallest.
    """

    name: ClassVar[str] = "penalty off its target"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, times: Positive = 4.0) -> None:
        self.times = times
        self.memory: list[float] = []

    def __call__(self, observation: Observation) -> Symptom | None:
        """The symptom in this observation."""
        penalty = observation.module.penalty
        if isinstance(penalty, GradientPenalty) and observation.probe is not None:
            return self._unit_norm(observation, penalty, observation.probe.slope.double().mean().item())
        if isinstance(penalty, R1R2) and "penalty" in observation.metrics:
            return self._zero_norm(observation, observation.metrics["penalty"] / penalty.interval)
        return None

    def _unit_norm(self, observation: Observation, penalty: GradientPenalty, norm: float) -> Symptom:
        low = 0.0 if penalty.one_sided else 1 / self.times
        evidence = f"‖∇D(x̂)‖ is {norm:.3g} on average (target 1, thresholds {low:g} and {self.times:g})"
        if norm < low:
            return Symptom(True, evidence, f"objective.n_critic={max(5, 2 * observation.module.n_critic)}")
        return Symptom(norm > self.times, evidence, stronger_penalty(observation))

    def _zero_norm(self, observation: Observation, penalty: float) -> Symptom | None:
        undecided = torch.zeros_like(observation.real_score)
        most = float(observation.module.loss.critic(undecided, undecided))
        if most <= 0:
            return None
        evidence = f"the penalty is {penalty:.3g} (threshold {most:.3g}, the loss of an undecided critic)"
        return Symptom(
            penalty > most, evidence, f"objective.critic_optimizer.lr={rounded(observation.rates['critic'].lr / 10)}"
        )
