"""A generator that makes the same sample again and again."""

from __future__ import annotations

from typing import ClassVar

import torch

from gan_lightning.core.validation import Fraction, validate_arguments
from gan_lightning.diagnostic.advice import rounded
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.metric.neighbours import nearest, repeat_rate


class SampleRepetition:
    """Most fakes lie on top of an earlier one, or all of them in one place: the collapse.

    The generator's gradient points to the one sample that the critic likes best, and nothing tells the fakes to differ
    (Salimans et al. 2016, arXiv:1606.03498, section 3.2; Goodfellow 2016, arXiv:1701.00160, section 5.1.1). A sample
    repeats where it is twenty times as near to an earlier one as real samples are to theirs, as a rule.

    Args:
        above: the share of the fakes that may repeat.
        variance: least variance of the fakes, as a part of the reals'.
    """

    name: ClassVar[str] = "samples repeating"
    fatal: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, above: Fraction = 0.5, variance: Fraction = 0.01) -> None:
        self.above, self.variance = above, variance
        self.memory: list[float] = []

    def __call__(self, look: Observation) -> Symptom | None:
        """See `Rule`."""
        if look.probe is None or not look.probe.fake.isfinite().all():
            return None
        real, fake = look.probe.real.double().flatten(1), look.probe.fake.double().flatten(1)
        apart = nearest(real, real, 1, pairs=torch.ne).distances.median().item()
        repeats = repeat_rate(fake, apart / 20)
        variety = (fake.var(0).sum() / real.var(0).sum()).item()
        evidence = (
            f"{repeats:.0%} of {len(fake)} repeat an earlier one (threshold {self.above:.0%}), their variance is "
            f"{variety:.1%} of the reals' (threshold {self.variance:.0%})"
        )
        return Symptom(repeats > self.above or variety < self.variance, evidence, _advice(look))


def _advice(look: Observation) -> str:
    generator, critic = look.rates["generator"].lr, look.rates["critic"].lr
    return (
        f"objective.generator_optimizer.lr={critic:g}"
        if generator > 1.5 * critic
        else (f"objective.generator_optimizer.lr={rounded(generator / 10)}")
    )
