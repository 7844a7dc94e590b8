"""Vanishing gradient of the generator."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

import torch

from gan_lightning.core.validation import Fraction, NonNegative, validate_arguments
from gan_lightning.diagnostic.advice import penalty_override, slower_critic
from gan_lightning.diagnostic.base import Observation, Symptom, slope
from gan_lightning.loss import Minimax, NonSaturating
from gan_lightning.penalty import WeightClipping


class GeneratorGradientVanishing:
    """The generator's gradient vanishes, in its loss or on its way through the critic.

    In the loss: Σ|∂L/∂s| at the fakes' scores is a small fraction of that at scores of 0, as for E log(1 - D) against a
    confident critic (Goodfellow et al. 2014, arXiv:1406.2661, section 3; Arjovsky & Bottou 2017, arXiv:1701.04862,
    theorem 2.4; Goodfellow 2016, arXiv:1701.00160, section 3.2). On its way: the gradient at a weight is of the size of
    Adam's or RMSProp's ε, so that they can't magnify it into an update (Kingma & Ba 2015, arXiv:1412.6980, algorithm
    1), as where a critic's weights are clipped too small (Gulrajani et al. 2017, arXiv:1704.00028, figure 1b).

    Args:
        below: least fraction of its slope that the generator's loss must keep.
        times_eps: least root mean square of the gradient over the generator's weights, as a multiple of ε.
    """

    name: ClassVar[str] = "generator gradient vanishing"
    fatal: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, below: Fraction = 0.01, times_eps: NonNegative = 10.0) -> None:
        self.below, self.times_eps = below, times_eps
        self.memory: list[float] = []

    def __call__(self, observation: Observation) -> Symptom | None:
        """The symptom in this observation."""
        undecided = torch.zeros_like(observation.fake_score)
        full = _slope(observation, undecided, undecided)
        left = _slope(observation, observation.real_score, observation.fake_score) / full if full else 1.0
        if left < self.below:
            return Symptom(
                True,
                f"its loss keeps {left:.2%} of its slope (threshold {self.below:.0%})",
                _advice_for_loss(observation),
            )
        norm, eps = observation.metrics.get("generator_grad_norm"), observation.rates["generator"].eps
        if norm is None:
            return None
        rms = norm / sqrt(sum(p.numel() for p in observation.module.generator.parameters() if p.requires_grad))
        evidence = f"the gradient at a weight is {rms:.1e} (threshold {self.times_eps * eps:.0e}, {self.times_eps:g} ε)"
        return Symptom(rms < self.times_eps * eps, evidence, _advice_for_critic(observation))


def _slope(observation: Observation, real: torch.Tensor, fake: torch.Tensor) -> float:
    return slope(lambda s: observation.module.loss.generator(s, real.double), fake)


def _advice_for_loss(observation: Observation) -> str:
    loss = observation.module.loss
    if isinstance(loss, Minimax) and not isinstance(loss, NonSaturating) and observation.has_key("loss"):
        return "loss@objective.loss=non_saturating"
    if observation.fake_score.mean() < observation.real_score.mean():
        return slower_critic(observation)
    return f"objective.n_critic={2 * observation.module.n_critic}"  # the generator is ahead


def _advice_for_critic(observation: Observation) -> str:
    penalty = observation.module.penalty
    if isinstance(penalty, WeightClipping):
        return penalty_override(observation, "clip", max(0.01, 10 * penalty.clip))
    return f"objective.generator_optimizer.eps={observation.rates['generator'].eps / 1e4:.0e}"
