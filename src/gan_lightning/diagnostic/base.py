"""Protocol of diagnostics, and the observation that they examine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Protocol

import torch
from torch import Tensor

from gan_lightning.core.validation import signature_types
from gan_lightning.objective.base import AdversarialModule


class OptimizerRate(NamedTuple):
    """Settings of an optimizer.

    Attributes:
        lr: its learning rate, as configured.
        eps: added to the denominator of its update; 0 if it has none.
    """

    lr: float
    eps: float


@dataclass(frozen=True)
class Probe:
    """Outputs of both networks on a few samples, the same in every observation; networks are in training mode.

    Attributes:
        real: held-out samples at the critic's resolution, [n, *shape].
        fake: generated samples of fixed latents, [n, *shape].
        real_score: scores of the held-out samples, [n].
        fake_score: scores of the fakes, [n].
        trained_score: scores of training samples, [n]; None if training samples are drawn from a distribution.
        slope: ‖∇D(x̂)‖ on lines between the held-out samples and the fakes, [n].
    """

    real: Tensor
    fake: Tensor
    real_score: Tensor
    fake_score: Tensor
    trained_score: Tensor | None
    slope: Tensor


@dataclass(frozen=True)
class Observation:
    """State of the training after a step.

    Attributes:
        step: number of steps done.
        module: the module in training.
        metrics: metrics of the step, as they are logged.
        real_score: scores of reals in the step's last critic update, over all processes, [batch].
        fake_score: likewise of fakes.
        rates: optimizer settings of "critic" and "generator".
        probe: None without held-out samples.
        scores: scores of this step by name; empty if it was not scored.
        modes: number of modes of the real distribution; None if unknown.
    """

    step: int
    module: AdversarialModule
    metrics: Mapping[str, float]
    real_score: Tensor
    fake_score: Tensor
    rates: Mapping[str, OptimizerRate]
    probe: Probe | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    modes: int | None = None

    def has_key(self, key: str) -> bool:
        """True if the config has this key under `objective`."""
        return key in signature_types(type(self.module))

    @property
    def points(self) -> bool:
        """True if the samples are points."""
        return self.probe is not None and self.probe.real.dim() == 2


class Symptom(NamedTuple):
    """Result of a diagnostic for one observation.

    Attributes:
        wrong: True if the threshold is passed.
        evidence: the numbers, with the threshold.
        advice: overrides that help, to append to the same command.
    """

    wrong: bool
    evidence: str
    advice: str


class Diagnostic(Protocol):
    """Detector of one failure of training.

    Attributes:
        name: readable name of the failure.
        fatal: True if training is not expected to recover from it.
        memory: numbers from earlier observations, saved in checkpoints.
    """

    name: ClassVar[str]
    fatal: ClassVar[bool]
    memory: list[float]

    def __call__(self, observation: Observation) -> Symptom | None:
        """The symptom; None if the diagnostic does not apply to this observation."""
        ...


def slope(loss: Callable[[Tensor], Tensor], scores: Tensor) -> float:
    """Σ|∂L/∂s| over all scores."""
    with torch.inference_mode(False), torch.enable_grad():
        at = scores.detach().double().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(at), at)
    return float(gradient.abs().sum())
