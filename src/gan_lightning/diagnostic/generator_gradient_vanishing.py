"""A generator that learns nothing more."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

import torch

from gan_lightning.core.validation import Fraction, NonNegative, validate_arguments
from gan_lightning.diagnostic.advice import clip_override, slow_critic
from gan_lightning.diagnostic.base import Observation, Symptom, slope
from gan_lightning.loss import Minimax, NonSaturating
from gan_lightning.penalty import WeightClipping


class GeneratorGradientVanishing:
    """The generator's gradient dies out, in its loss or on its way through the critic.

    In the loss: Σ|∂L/∂s| at the fakes' scores is nearly none of that at scores of 0, as for E log(1 - D) against a sure
    critic (Goodfellow et al. 2014, arXiv:1406.2661, section 3; Arjovsky & Bottou 2017, arXiv:1701.04862, theorem 2.4;
    Goodfellow 2016, arXiv:1701.00160, section 3.2). On its way: what arrives at a weight is of the size of Adam's or
    RMSProp's ε, so that they can't magnify it into a step (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1), as where
    a critic's weights are clipped too small (Gulrajani et al. 2017, arXiv:1704.00028, figure 1b).

    Args:
        below: the share of its slope that the generator's loss must keep.
        times_eps: root mean square of the gradient over the generator's weights, as a multiple of ε.
    """

    name: ClassVar[str] = "generator gradient vanishing"
    fatal: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, below: Fraction = 0.01, times_eps: NonNegative = 10.0) -> None:
        self.below, self.times_eps = below, times_eps
        self.memory: list[float] = []

    def __call__(self, look: Observation) -> Symptom | None:
        """See `Rule`."""
        undecided = torch.zeros_like(look.fake_score)
        full = _slope(look, undecided, undecided)
        left = _slope(look, look.real_score, look.fake_score) / full if full else 1.0
        if left < self.below:
            return Symptom(True, f"its loss keeps {left:.2%} of its slope (threshold {self.below:.0%})", _steeper(look))
        norm, eps = look.figures.get("generator_grad_norm"), look.rates["generator"].eps
        if norm is None:
            return None
        at_a_weight = norm / sqrt(sum(p.numel() for p in look.module.generator.parameters() if p.requires_grad))
        evidence = f"{at_a_weight:.1e} arrives at a weight (threshold {self.times_eps * eps:.0e}, {self.times_eps:g} ε)"
        return Symptom(at_a_weight < self.times_eps * eps, evidence, _louder(look))


def _slope(look: Observation, real: torch.Tensor, fake: torch.Tensor) -> float:
    return slope(lambda s: look.module.loss.generator(s, real.double), fake)


def _steeper(look: Observation) -> str:
    loss = look.module.loss
    if isinstance(loss, Minimax) and not isinstance(loss, NonSaturating) and look.has_key("loss"):
        return "loss@objective.loss=non_saturating"
    if look.fake_score.mean() < look.real_score.mean():
        return slow_critic(look)
    return f"objective.n_critic={2 * look.module.n_critic}"  # a generator far ahead


def _louder(look: Observation) -> str:
    penalty = look.module.penalty
    if isinstance(penalty, WeightClipping):
        return clip_override(look, max(0.01, 10 * penalty.clip))
    return f"objective.generator_optimizer.eps={look.rates['generator'].eps / 1e4:.0e}"
