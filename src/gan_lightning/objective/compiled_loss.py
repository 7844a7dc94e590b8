"""A loss and its gradients as one compiled computation."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.core.rng_replay import RandomCall, RecordingRNG, ReplayRNG
from gan_lightning.nn.freeze import as_in_training
from gan_lightning.objective.step_metrics import StepMetrics
from gan_lightning.penalty.base import is_skipped

if TYPE_CHECKING:
    from gan_lightning.objective.base import AdversarialModule

Loss = Literal["critic_loss", "generator_loss"]
OLDEST = "2.13"  # of torch; 2.11 stops at the penalties


class CompiledLoss:
    """Stands in for a module's `critic_loss` or `generator_loss`.

    The graph holds networks, penalty and all backward passes, the gradient of the gradient included: an eager penalty
    of a compiled critic can't be differentiated. What comes out is the loss with its gradients known, so that the
    step goes on as ever. Random numbers are drawn outside, the same ones.

    Args:
        module: the game, about to be trained.
        name: which loss.
        parameters: of the player that moves.
        backend: of torch.compile.

    Raises:
        UsageError: this torch can't compile gradients, or there is something in the loss that it can't compile.
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
        self._module, self._name, self._parameters = module, name, list(parameters)
        self._game = copy.copy(module)  # the same networks; what it observes is its own
        self._game.__dict__ |= {"_modules": dict(module._modules), "metrics": StepMetrics()}
        self._game.__dict__.pop(name, None)
        self._requests: dict[bool, list[RandomCall]] = {}
        # Torch counts recompilations by code object; with one of its own, a game doesn't pay for those before it.
        own = FunctionType(CompiledLoss._loss_and_gradients.__code__.replace(), globals())
        self._graph = torch.compile(MethodType(own, self), fullgraph=True, dynamic=False, backend=backend)

    def __call__(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """The loss of a piece, whose backward pass is done already."""
        # A lazy penalty is there or not: two graphs.
        lazy = is_skipped(self._module.penalty, rng)
        if lazy not in self._requests:
            self._requests[lazy] = self._record_random_calls(real, lazy, label)
        answers = [request(rng, real.device) for request in self._requests[lazy]]
        try:
            loss, gradients, seen = self._graph(real, answers, int(lazy), label)
        except torch._dynamo.exc.TorchDynamoException as error:
            raise UsageError(f"trainer.compile=true can't: {str(error).splitlines()[0]}; leave it out") from error
        self._module.metrics.record(**seen)
        known: Tensor = _PrecomputedGradients.apply(loss, gradients, *self._parameters)
        return known

    def _loss_and_gradients(
        self, real: Tensor, answers: list[Tensor], turn: int, label: Tensor | None
    ) -> tuple[Tensor, list[Tensor | None], dict[str, Tensor]]:
        self._game.__dict__["metrics"] = metrics = StepMetrics()
        loss = getattr(self._game, self._name)(real, ReplayRNG(answers, turn), label)
        with torch.autocast(real.device.type, enabled=False):
            gradients = torch.autograd.grad(loss, self._parameters, allow_unused=True)
        return (
            loss.detach(),
            [None if g is None else g.detach() for g in gradients],
            {name: parts[0] for name, parts in metrics.tensors.items()},
        )

    def _record_random_calls(self, real: Tensor, lazy: bool, label: Tensor | None) -> list[RandomCall]:
        """Which random numbers the loss takes, found by playing it once without a trace."""
        rng = RecordingRNG(torch.Generator(real.device).manual_seed(0), update=int(lazy))
        devices = [real.device] if real.device.type == "cuda" else []
        with torch.random.fork_rng(devices), as_in_training(self._game.generator, self._game.critic):
            getattr(self._game, self._name)(real, rng, label)
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
