"""Critic overfitting: training samples memorized."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

from gan_lightning.core.validation import Fraction, Positive, validate_arguments
from gan_lightning.diagnostic.advice import rounded, stronger_penalty
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.penalty import NoPenalty


class CriticOverfitting:
    """The critic scores held-out samples closer to fakes than to training samples.

    r = (E D(train) - E D(held out)) / (E D(train) - E D(G(z))) is 0 for a critic that generalizes and 1 for one that
    takes held-out samples for fakes (Karras et al. 2020, arXiv:2006.06676, eq. 1; they keep r near 0.6 by
    augmentation). The difference of reals must also be clear against its standard error, since both terms are small
    near the end. Data drawn from a distribution can't be memorized.

    Args:
        above: largest allowed r.
        errors: least difference of E D(train) and E D(held out), in standard errors.
    """

    name: ClassVar[str] = "critic overfitting"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, above: Fraction = 0.6, errors: Positive = 3.0) -> None:
        self.above, self.errors = above, errors
        self.memory: list[float] = []

    def __call__(self, observation: Observation) -> Symptom | None:
        """The symptom in this observation."""
        if (
            observation.probe is None
            or observation.probe.trained_score is None
            or len(observation.probe.real_score) < 2
        ):
            return None
        trained, held_out, fake = (
            s.double()
            for s in (observation.probe.trained_score, observation.probe.real_score, observation.probe.fake_score)
        )
        difference, whole = (trained.mean() - held_out.mean()).item(), (trained.mean() - fake.mean()).item()
        error = sqrt((trained.var() / len(trained) + held_out.var() / len(held_out)).item())
        ratio = difference / whole if whole > 0 else 0.0
        evidence = (
            f"held-out samples are {ratio:.0%} of the way from training samples to fakes (threshold {self.above:.0%})"
        )
        return Symptom(ratio > self.above and difference > self.errors * error, evidence, _advice(observation))


def _advice(observation: Observation) -> str:
    if isinstance(observation.module.penalty, NoPenalty):
        return stronger_penalty(observation)
    return f"objective.critic_optimizer.lr={rounded(observation.rates['critic'].lr / 5)}"
