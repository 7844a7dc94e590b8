"""What a rule of the doctor's is, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Protocol

import torch
from torch import Tensor

from gan_lightning.core.validation import signature_types
from gan_lightning.objective.base import AdversarialModule


class OptimizerRate(NamedTuple):
    """A player's optimizer.

    Attributes:
        lr: its learning rate, as configured.
        eps: what it adds to the denominator of a step; 0 where it divides by nothing.
    """

    lr: float
    eps: float


@dataclass(frozen=True)
class Probe:
    """The players on a few samples, the same at every look, as in training and without a trace.

    Attributes:
        real: held-out samples as the critic sees them, [n, *shape].
        fake: the generator's, of fixed latents, [n, *shape].
        real_score: of the held-out samples, [n].
        fake_score: of the fakes, [n].
        trained_score: of samples that the critic is trained on, [n]; None where the data never end.
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
    """What there is to see after a step.

    Attributes:
        step: steps done.
        game: the module.
        figures: of the step, as they are logged.
        real_score: of the step's last critic turn, over all processes, [batch].
        fake_score: likewise of fakes.
        rates: by the player's name.
        probe: None where there is no real sample at hand.
        scores: by name, where this step was scored.
        modes: how many the real distribution has, where that is known.
    """

    step: int
    module: AdversarialModule
    figures: Mapping[str, float]
    real_score: Tensor
    fake_score: Tensor
    rates: Mapping[str, OptimizerRate]
    probe: Probe | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    modes: int | None = None

    def has_key(self, key: str) -> bool:
        """Whether the game's family has this key under `objective`."""
        return key in signature_types(type(self.module))

    @property
    def points(self) -> bool:
        """Whether the samples are points of the plane."""
        return self.probe is not None and self.probe.real.dim() == 2


class Symptom(NamedTuple):
    """What a rule sees at one look.

    Attributes:
        wrong: whether its threshold is passed.
        evidence: the numbers, with the threshold.
        advice: overrides that help, to be typed behind the same command.
    """

    wrong: bool
    evidence: str
    advice: str


class Diagnostic(Protocol):
    """One pathology.

    Attributes:
        name: of it, in a person's words.
        fatal: whether a game that has it can't be expected to recover.
        memory: numbers from earlier looks, kept in checkpoints.
    """

    name: ClassVar[str]
    fatal: ClassVar[bool]
    memory: list[float]

    def __call__(self, look: Observation) -> Symptom | None:
        """What it sees; None where there is nothing for it to look at this time."""
        ...


def slope(loss: Callable[[Tensor], Tensor], scores: Tensor) -> float:
    """Σ|∂L/∂s| over all scores."""
    with torch.inference_mode(False), torch.enable_grad():
        at = scores.detach().double().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(at), at)
    return float(gradient.abs().sum())
