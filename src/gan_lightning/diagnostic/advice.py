"""Overrides that several rules give."""

from __future__ import annotations

from gan_lightning.diagnostic.base import Observation
from gan_lightning.penalty import R1R2, GradientPenalty, NoPenalty, WeightClipping


def rounded(value: float) -> str:
    """One digit: what one would type."""
    return f"{float(f'{value:.0e}'):g}"


def stronger_penalty(look: Observation) -> str:
    """What holds the critic more strongly."""
    penalty = look.module.penalty
    if isinstance(penalty, GradientPenalty):
        key = "objective.gp_weight" if look.has_key("gp_weight") else "objective.penalty.weight"
        first = "0.1" if look.points else "10"  # of Gulrajani et al. 2017, for toys and for images
        return f"{key}={rounded(10 * penalty.weight) if penalty.weight else first}"
    if isinstance(penalty, R1R2) and penalty.r1:
        return f"objective.penalty.r1={rounded(10 * penalty.r1)}"
    if isinstance(penalty, NoPenalty) and look.has_key("penalty"):
        weight = " objective.penalty.r1=0.1" if look.points else ""
        return f"penalty@objective.penalty=r1_r2 critic_norm=layer{weight}"
    if isinstance(penalty, WeightClipping) and penalty.clip > 0.01:
        return clip_override(look, 0.01)
    return f"objective.critic_optimizer.lr={rounded(look.rates['critic'].lr / 10)}"


def slow_critic(look: Observation) -> str:
    """What keeps the critic from running ahead: the generator's learning rate, or `firmer`."""
    critic, generator = look.rates["critic"].lr, look.rates["generator"].lr
    return f"objective.critic_optimizer.lr={generator:g}" if critic > 1.5 * generator else stronger_penalty(look)


def clip_override(look: Observation, clip: float) -> str:
    """A box of this size for clipped weights."""
    return f"{'objective.clip' if look.has_key('clip') else 'objective.penalty.clip'}={rounded(clip)}"
