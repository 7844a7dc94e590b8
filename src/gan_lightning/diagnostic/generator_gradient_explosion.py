"""A generator whose gradient runs away."""

from __future__ import annotations

from statistics import median
from typing import ClassVar

from gan_lightning.core.validation import Count, Positive, validate_arguments
from gan_lightning.diagnostic.advice import slow_critic
from gan_lightning.diagnostic.base import Observation, Symptom


class GeneratorGradientExplosion:
    """The norm of the generator's gradient is many times what it was early in the run.

    It comes through a critic that nothing holds, or that grows steep where samples lie (Arjovsky & Bottou 2017,
    arXiv:1701.04862, theorem 2.6; Gulrajani et al. 2017, arXiv:1704.00028, figure 1b). A norm that swings with the game
    stays within a factor of ten or so.

    Args:
        times: how many times the early norm.
        early: looks, after the first, whose median norm is the early one.
        least: an early norm that is smaller counts as this; gradients may grow that were next to nothing.
    """

    name: ClassVar[str] = "generator gradient exploding"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, times: Positive = 100.0, early: Count = 3, least: Positive = 0.1) -> None:
        self.times, self.early, self.least = times, early, least
        self.memory: list[float] = []

    def __call__(self, look: Observation) -> Symptom | None:
        """See `Rule`."""
        norm = look.figures.get("generator_grad_norm")
        if norm is None:
            return None
        if len(self.memory) <= self.early:
            self.memory.append(norm)
            return None
        usual = max(self.least, median(self.memory[1:]))
        evidence = f"its norm is {norm:.3g}, {norm / usual:,.0f} times the early one (threshold {self.times:g})"
        return Symptom(norm > self.times * usual, evidence, slow_critic(look))
