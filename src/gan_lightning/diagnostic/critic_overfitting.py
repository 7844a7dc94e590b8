"""A critic that knows its training samples by heart."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

from gan_lightning.core.validation import Fraction, Positive, validate_arguments
from gan_lightning.diagnostic.advice import rounded, stronger_penalty
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.penalty import NoPenalty


class CriticOverfitting:
    """The critic scores held-out samples nearer to fakes than to the samples that it is trained on.

    r = (E D(train) - E D(held out)) / (E D(train) - E D(G(z))) is 0 for a critic that generalizes and 1 for one that
    takes what it hasn't seen for fake (Karras et al. 2020, arXiv:2006.06676, eq. 1; they keep r near 0.6 by
    augmentation). The difference of reals must also be clear against its standard error, since both terms are small
    near the end. Data that never end can't be learnt by heart.

    Args:
        above: r may be so much.
        errors: standard errors that E D(train) and E D(held out) must lie apart.
    """

    name: ClassVar[str] = "critic overfitting"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, above: Fraction = 0.6, errors: Positive = 3.0) -> None:
        self.above, self.errors = above, errors
        self.memory: list[float] = []

    def __call__(self, look: Observation) -> Symptom | None:
        """See `Rule`."""
        if look.probe is None or look.probe.trained_score is None or len(look.probe.real_score) < 2:
            return None
        trained, held, fake = (
            s.double() for s in (look.probe.trained_score, look.probe.real_score, look.probe.fake_score)
        )
        apart, whole = (trained.mean() - held.mean()).item(), (trained.mean() - fake.mean()).item()
        error = sqrt((trained.var() / len(trained) + held.var() / len(held)).item())
        share = apart / whole if whole > 0 else 0.0
        evidence = (
            f"held-out samples are {share:.0%} of the way from training samples to fakes (threshold {self.above:.0%})"
        )
        return Symptom(share > self.above and apart > self.errors * error, evidence, _advice(look))


def _advice(look: Observation) -> str:
    if isinstance(look.module.penalty, NoPenalty):
        return stronger_penalty(look)
    return f"objective.critic_optimizer.lr={rounded(look.rates['critic'].lr / 5)}"
