"""A loss and its gradients as one compiled computation."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, layers_draw_from
from gan_lightning.core.rng_replay import RandomCall, RecordingRNG, ReplayRNG
from gan_lightning.nn.freeze import as_in_training
from gan_lightning.objective.step_metrics import StepMetrics
from gan_lightning.penalty.base import is_skipped

if TYPE_CHECKING:
    from gan_lightning.objective.base import AdversarialModule

Loss = Literal["critic_loss", "generator_loss"]
OLDEST = "2.13"  # of torch; 2.11 stops at the penalties


class CompiledLoss:
    """A compiled `critic_loss` or `generator_loss` of a module.

    The graph holds networks, penalty and all backward passes, the gradient of the gradient included: an eager penalty
    of a compiled critic can't be differentiated. The result is a loss whose backward pass hands out gradients that are
    already computed, so that the training step stays as it is. The same random numbers are drawn outside the graph.

    Args:
        module: about to be trained.
        name: of the loss.
        parameters: of the player that is updated.
        backend: of torch.compile.

    Raises:
        UsageError: this torch can't compile gradients, or a part of the loss.
    """

    def __init__(
        self,
        module: AdversarialModule,
        name: Loss,
        parameters: Sequence[nn.Parameter],
        backend: str = "inductor",
    ) -> None:
        import torch._dynamo.config as dynamo

        if torch.__version__ < OLDEST:
            raise UsageError(
                f"trainer.compile=true needs torch {OLDEST} or newer, which compiles gradients of "
                f"gradients; this is {torch.__version__}: update torch, or leave it out"
            )
        dynamo.trace_autograd_ops = True
        self._module, self._parameters = module, list(parameters)
        self._inner = copy.copy(module)  # the same networks; metrics of its own
        self._inner.metrics = StepMetrics()
        self._loss = getattr(type(module), name)  # not the module's attribute, which this object replaces
        self._calls: dict[bool, list[RandomCall]] = {}
        # Torch counts recompilations by code object; with one of its own, a module is not charged for earlier ones.
        own = FunctionType(CompiledLoss._loss_and_gradients.__code__.replace(), globals())
        self._graph = torch.compile(MethodType(own, self), fullgraph=True, dynamic=False, backend=backend)

    def __call__(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """The loss of a micro-batch; its gradients are computed already."""
        # One graph with a lazy penalty, one without.
        lazy = is_skipped(self._module.penalty, rng)
        if lazy not in self._calls:
            self._calls[lazy] = self._record_random_calls(real, lazy, label)
        answers = [call(rng, real.device) for call in self._calls[lazy]]
        try:
            loss, gradients, recorded = self._graph(real, answers, int(lazy), label)
        except torch._dynamo.exc.TorchDynamoException as error:
            raise UsageError(f"trainer.compile=true can't: {str(error).splitlines()[0]}; leave it out") from error
        self._module.metrics.record(**recorded)
        precomputed: Tensor = _PrecomputedGradients.apply(loss, gradients, *self._parameters)
        return precomputed

    def _loss_and_gradients(
        self, real: Tensor, answers: list[Tensor], update: int, label: Tensor | None
    ) -> tuple[Tensor, list[Tensor | None], dict[str, Tensor]]:
        self._inner.metrics = metrics = StepMetrics()
        rng = ReplayRNG(answers, update)
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
        """The calls of the rng in the loss, recorded in one eager run that leaves the networks unchanged."""
        rng = RecordingRNG(torch.Generator(real.device).manual_seed(0), update=int(lazy))
        devices = [real.device] if real.device.type == "cuda" else []
        networks = (self._inner.generator, self._inner.critic)
        with torch.random.fork_rng(devices), as_in_training(*networks), layers_draw_from(rng):
            self._loss(self._inner, real, rng, label)
        return rng.calls


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
