"""Diverging Wasserstein estimate."""

from __future__ import annotations

from typing import ClassVar

from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.diagnostic.advice import stronger_penalty
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.loss import Wasserstein
from gan_lightning.penalty import GradientPenalty


class DivergenceEstimate:
    """E D(x) - E D(G(z)) is many times E‖x - G(z)‖, impossible for a critic of slope 1.

    Any coupling of fakes and reals costs at least the Wasserstein distance, random pairs included, and the estimate of
    a critic of slope 1 never exceeds that distance (Kantorovich's duality; Arjovsky et al. 2017, arXiv:1701.07875, eq.
    2). Diverging or oscillating scores exceed it. Applies to gradient penalties, whose target is slope 1.

    Args:
        times: threshold, as a multiple of E‖x - G(z)‖.
    """

    name: ClassVar[str] = "Wasserstein estimate diverging"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, times: Positive = 10.0) -> None:
        self.times = times
        self.memory: list[float] = []

    def __call__(self, observation: Observation) -> Symptom | None:
        """The symptom in this observation."""
        penalty, probe = observation.module.penalty, observation.probe
        if (
            not isinstance(observation.module.loss, Wasserstein)
            or not isinstance(penalty, GradientPenalty)
            or probe is None
        ):
            return None
        estimate = observation.metrics[observation.module.loss.divergence_name]
        distance = (probe.real - probe.fake).double().flatten(1).norm(dim=1).mean().item()
        evidence = (
            f"it is {estimate:.3g}, real and fake samples are {distance:.3g} apart (threshold {self.times:g} times)"
        )
        return Symptom(abs(estimate) > self.times * distance, evidence, stronger_penalty(observation))
