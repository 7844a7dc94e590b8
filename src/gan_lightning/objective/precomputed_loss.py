"""A loss that computes its gradients together with its value."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from gan_lightning.core.rng import StepRNG, layers_draw_from
from gan_lightning.core.rng_replay import RandomCall, RecordingRNG, ReplayRNG
from gan_lightning.nn.freeze import restored_buffers
from gan_lightning.objective.step_metrics import StepMetrics
from gan_lightning.penalty.base import is_skipped

if TYPE_CHECKING:
    from gan_lightning.objective.base import AdversarialModule

Loss = Literal["critic_loss", "generator_loss"]
Outputs = tuple[Tensor, list[Tensor | None], dict[str, Tensor]]  # loss, gradients by parameter, metrics by name


class Inputs(NamedTuple):
    """All that a loss of a micro-batch depends on beside the networks.

    Attributes:
        real: samples [batch, *shape].
        answers: the random numbers that the loss asks for, in order.
        lazy: 1 in updates without the term of a lazy penalty, else 0.
        label: labels of the samples, where there are any.
    """

    real: Tensor
    answers: list[Tensor]
    lazy: int
    label: Tensor | None


class Signature(NamedTuple):
    """Equal for micro-batches whose losses are the same computation on other numbers."""

    lazy: bool
    real: tuple[torch.Size, torch.dtype]
    label: tuple[torch.Size, torch.dtype] | None


class PrecomputedLoss(ABC):
    """A `critic_loss` or `generator_loss` of a module, computed with its gradients in one function of tensors.

    The function holds networks, penalty and all backward passes, the gradient of the gradient included. The result is a
    loss whose backward pass hands out gradients that are already computed, so that the training step stays as it is.
    The same random numbers as without it are drawn outside the function.

    Args:
        module: about to be trained.
        name: of the loss.
        parameters: of the player that is updated.
    """

    def __init__(self, module: AdversarialModule, name: Loss, parameters: Sequence[nn.Parameter]) -> None:
        self._module, self._parameters = module, list(parameters)
        self._inner = copy.copy(module)  # the same networks; metrics of its own
        self._inner.metrics = StepMetrics()
        self._loss = getattr(type(module), name)  # not the module's attribute, which this object replaces
        self._calls: dict[Signature, list[RandomCall]] = {}

    def __call__(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """The loss of a micro-batch; its gradients are computed already."""
        signature = self._signature(real, rng, label)
        if signature not in self._calls:
            self._calls[signature] = self._record_random_calls(real, signature.lazy, label)
        answers = [call(rng, real.device) for call in self._calls[signature]]
        loss, gradients, metrics = self._compute(signature, Inputs(real, answers, int(signature.lazy), label))
        self._module.metrics.record(**metrics)
        precomputed: Tensor = _PrecomputedGradients.apply(loss, gradients, *self._parameters)
        return precomputed

    @abstractmethod
    def _compute(self, signature: Signature, inputs: Inputs) -> Outputs:
        """The values of `_loss_and_gradients`."""

    def _signature(self, real: Tensor, rng: StepRNG, label: Tensor | None) -> Signature:
        labels = None if label is None else (label.shape, label.dtype)
        return Signature(is_skipped(self._module.penalty, rng), (real.shape, real.dtype), labels)

    def _loss_and_gradients(self, real: Tensor, answers: list[Tensor], lazy: int, label: Tensor | None) -> Outputs:
        self._inner.metrics = metrics = StepMetrics()
        rng = ReplayRNG(answers, lazy)
        with layers_draw_from(rng):
            loss = self._loss(self._inner, real, rng, label)
        with torch.autocast(real.device.type, enabled=False):
            gradients = torch.autograd.grad(loss, self._parameters, allow_unused=True)
        return (
            loss.detach(),
            [None if g is None else g.detach() for g in gradients],
            {name: parts[0] for name, parts in metrics.tensors.items()},
        )

    def _record_random_calls(self, real: Tensor, lazy: bool, label: Tensor | None) -> list[RandomCall]:
        """The calls of the rng in the loss, recorded in one eager run that leaves the module unchanged."""
        rng = RecordingRNG(torch.Generator(real.device).manual_seed(0), update=int(lazy))
        with forked_rng(real.device), restored_buffers(self._module), layers_draw_from(rng):
            self._loss(self._inner, real, rng, label)
        return rng.calls


def forked_rng(device: torch.device) -> Any:
    """Inside the `with`, torch's global rngs of the CPU and of this device may be used; they are restored."""
    return torch.random.fork_rng([device] if device.type == "cuda" else [])


class _PrecomputedGradients(torch.autograd.Function):
    """A loss whose gradients are known."""

    @staticmethod
    def forward(ctx: Any, loss: Tensor, gradients: list[Tensor | None], *parameters: nn.Parameter) -> Tensor:
        ctx.gradients = gradients
        return loss.clone()

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        there = iter(torch._foreach_mul([one for one in ctx.gradients if one is not None], g))
        return None, None, *(None if one is None else next(there) for one in ctx.gradients)
