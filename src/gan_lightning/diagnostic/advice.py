"""Command-line overrides that several diagnostics advise."""

from __future__ import annotations

from gan_lightning.diagnostic.base import Observation
from gan_lightning.penalty import AdjustablePenalty, NoPenalty

SHORT_KEYS = {"weight": "gp_weight", "clip": "clip"}  # of objectives that take a penalty's argument themselves


def rounded(value: float) -> str:
    """The value with one significant digit, as one would type it."""
    return f"{float(f'{value:.0e}'):g}"


def penalty_override(observation: Observation, argument: str, value: float) -> str:
    """Override of an argument of the objective's penalty."""
    key = SHORT_KEYS.get(argument, argument)
    return f"objective.{key if observation.has_key(key) else f'penalty.{argument}'}={rounded(value)}"


def stronger_penalty(observation: Observation) -> str:
    """Override for a stronger constraint on the critic."""
    penalty = observation.module.penalty
    stronger = penalty.stronger(observation.points) if isinstance(penalty, AdjustablePenalty) else {}
    if stronger:
        return " ".join(penalty_override(observation, argument, value) for argument, value in stronger.items())
    if isinstance(penalty, NoPenalty) and observation.has_key("penalty"):
        weight = " objective.penalty.r1=0.1" if observation.points else ""
        return f"penalty@objective.penalty=r1_r2 critic_norm=layer{weight}"
    return f"objective.critic_optimizer.lr={rounded(observation.rates['critic'].lr / 10)}"


def slower_critic(observation: Observation) -> str:
    """Override that slows the critic down: the generator's learning rate, or else `stronger_penalty`."""
    critic, generator = observation.rates["critic"].lr, observation.rates["generator"].lr
    if critic > 1.5 * generator:
        return f"objective.critic_optimizer.lr={generator:g}"
    return stronger_penalty(observation)
