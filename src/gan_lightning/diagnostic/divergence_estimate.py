"""A Wasserstein estimate that no distance can have."""

from __future__ import annotations

from typing import ClassVar

from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.diagnostic.advice import stronger_penalty
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.loss import Wasserstein
from gan_lightning.penalty import GradientPenalty


class DivergenceEstimate:
    """E D(x) - E D(G(z)) is many times E‖x - G(z)‖, which no critic of slope 1 can reach.

    Any way of carrying fakes to reals costs at least the Wasserstein distance, that of random pairs as well, and a
    critic of slope 1 never says more than that distance (Kantorovich's duality; Arjovsky et al. 2017, arXiv:1701.07875,
    eq. 2). Scores that run away, or swing from step to step, do. It is for gradient penalties, which want slope 1.

    Args:
        times: how many times E‖x - G(z)‖.
    """

    name: ClassVar[str] = "Wasserstein estimate diverging"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, times: Positive = 10.0) -> None:
        self.times = times
        self.memory: list[float] = []

    def __call__(self, look: Observation) -> Symptom | None:
        """See `Rule`."""
        penalty, probe = look.module.penalty, look.probe
        if not isinstance(look.module.loss, Wasserstein) or not isinstance(penalty, GradientPenalty) or probe is None:
            return None
        estimate = look.figures[look.module.loss.divergence_name]
        most = (probe.real - probe.fake).double().flatten(1).norm(dim=1).mean().item()
        evidence = f"it is {estimate:.3g}, real and fake samples are {most:.3g} apart (threshold {self.times:g} times)"
        return Symptom(abs(estimate) > self.times * most, evidence, stronger_penalty(look))
