"""Mode collapse: repeated samples."""

from __future__ import annotations

from typing import ClassVar

import torch

from gan_lightning.core.validation import Fraction, validate_arguments
from gan_lightning.diagnostic.advice import rounded
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.metric.functional.neighbours import nearest, repeat_rate


class SampleRepetition:
    """Most fakes coincide with an earlier one, or nearly all of their variance is gone.

    The generator's gradient points to the one sample with the critic's highest score, and no term makes the fakes
    differ (Salimans et al. 2016, arXiv:1606.03498, section 3.2; Goodfellow 2016, arXiv:1701.00160, section 5.1.1). A
    sample is a repeat if its distance to an earlier one is below a twentieth of the reals' median distance to their
    nearest.

    Args:
        above: largest allowed fraction of repeats.
        variance: least variance of the fakes, as a fraction of the reals'.
    """

    name: ClassVar[str] = "samples repeating"
    fatal: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, above: Fraction = 0.5, variance: Fraction = 0.01) -> None:
        self.above, self.variance = above, variance
        self.memory: list[float] = []

    def __call__(self, observation: Observation) -> Symptom | None:
        """The symptom in this observation."""
        if observation.probe is None or not observation.probe.fake.isfinite().all():
            return None
        real, fake = observation.probe.real.double().flatten(1), observation.probe.fake.double().flatten(1)
        apart = nearest(real, real, 1, pairs=torch.ne).distances.median().item()
        repeats = repeat_rate(fake, apart / 20)
        variety = (fake.var(0).sum() / real.var(0).sum()).item()
        evidence = (
            f"{repeats:.0%} of {len(fake)} repeat an earlier one (threshold {self.above:.0%}), their variance is "
            f"{variety:.1%} of the reals' (threshold {self.variance:.0%})"
        )
        return Symptom(repeats > self.above or variety < self.variance, evidence, _advice(observation))


def _advice(observation: Observation) -> str:
    generator, critic = observation.rates["generator"].lr, observation.rates["critic"].lr
    return (
        f"objective.generator_optimizer.lr={critic:g}"
        if generator > 1.5 * critic
        else (f"objective.generator_optimizer.lr={rounded(generator / 10)}")
    )
