"""Exploding gradient of the generator."""

from __future__ import annotations

from statistics import median
from typing import ClassVar

from gan_lightning.core.validation import Count, Positive, validate_arguments
from gan_lightning.diagnostic.advice import slower_critic
from gan_lightning.diagnostic.base import Observation, Symptom


class GeneratorGradientExplosion:
    """The norm of the generator's gradient is many times what it was early in the run.

    It comes through an unconstrained critic, or one that grows steep where samples lie (Arjovsky & Bottou 2017,
    arXiv:1701.04862, theorem 2.6; Gulrajani et al. 2017, arXiv:1704.00028, figure 1b). Ordinary oscillation stays
    within a factor of ten or so.

    Args:
        times: threshold, as a multiple of the early norm.
        early: number of observations, after the first, whose median norm is the early one.
        least: lower bound of the early norm; gradients close to zero may grow.
    """

    name: ClassVar[str] = "generator gradient exploding"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, times: Positive = 100.0, early: Count = 3, least: Positive = 0.1) -> None:
        self.times, self.early, self.least = times, early, least
        self.memory: list[float] = []

    def __call__(self, observation: Observation) -> Symptom | None:
        """The symptom in this observation."""
        norm = observation.metrics.get("generator_grad_norm")
        if norm is None:
            return None
        if len(self.memory) <= self.early:
            self.memory.append(norm)
            return None
        usual = max(self.least, median(self.memory[1:]))
        evidence = f"its norm is {norm:.3g}, {norm / usual:,.0f} times the early one (threshold {self.times:g})"
        return Symptom(norm > self.times * usual, evidence, slower_critic(observation))
