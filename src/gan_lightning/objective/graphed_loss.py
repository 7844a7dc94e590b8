"""A loss and its gradients as one CUDA graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.nn.freeze import restored_buffers
from gan_lightning.objective.precomputed_loss import (
    Inputs,
    Loss,
    Outputs,
    PrecomputedLoss,
    Signature,
    forked_rng,
)

if TYPE_CHECKING:
    from gan_lightning.objective.base import AdversarialModule

WARM_UP_RUNS = 3  # before a capture: libraries choose their kernels and allocate what they need
MAX_GRAPHS = 8  # of a loss; each holds memory
Replay = Callable[[], Outputs]
Capture = Callable[[Callable[[], Outputs]], Replay]


class GraphedLoss(PrecomputedLoss):
    """A `critic_loss` or `generator_loss` of a module, captured as a CUDA graph with its gradients.

    A replay launches all kernels at once, which helps where the GPU waits for the host. There is a graph for each size
    of a micro-batch, and one more for updates without the term of a lazy penalty. A graph reads inputs and random
    numbers from memory of its own, into which each call copies them, and writes results into memory of its own, from
    which each call copies them; so a later replay changes nothing that an earlier call returned. Weights and buffers
    are read and written where they lie. Autocast must not cache weights, as Lightning's does not.

    Args:
        module: about to be trained.
        name: of the loss.
        parameters: of the player that is updated.
        capture: records the kernels of a function without running them, and returns a function that runs them again on
            the same memory and returns the same tensors; None: a `CUDACapture`.

    Raises:
        UsageError: at the first call: a part of the loss can't be captured.
    """

    def __init__(
        self,
        module: AdversarialModule,
        name: Loss,
        parameters: Sequence[nn.Parameter],
        capture: Capture | None = None,
    ) -> None:
        super().__init__(module, name, parameters)
        self._capture = capture or CUDACapture()
        self._graphs: dict[Signature, tuple[list[Tensor], Replay]] = {}
        self._is_full = False

    def __call__(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """The loss of a micro-batch; its gradients are computed already. Eager for a ninth size of micro-batches."""
        if len(self._graphs) == MAX_GRAPHS and self._signature(real, rng, label) not in self._graphs:
            if not self._is_full:
                print_rank_zero(
                    f"trainer.cuda_graph: there are {MAX_GRAPHS} graphs of a loss already, one for each size of its "
                    "batches; batches of other sizes are computed without one"
                )
            self._is_full = True
            eager: Tensor = self._loss(self._module, real, rng, label)
            return eager
        return super().__call__(real, rng, label)

    def _compute(self, signature: Signature, inputs: Inputs) -> Outputs:
        if signature not in self._graphs:
            self._graphs[signature] = self._captured(inputs)
        static, replay = self._graphs[signature]
        _copy(inputs, static)
        loss, gradients, metrics = replay()
        there = iter(torch._foreach_mul([one for one in gradients if one is not None], 1))
        return (
            loss.clone(),
            [None if one is None else next(there) for one in gradients],
            {name: value.clone() for name, value in metrics.items()},
        )

    def _captured(self, inputs: Inputs) -> tuple[list[Tensor], Replay]:
        """The memory that a graph reads its inputs from, and its replay."""
        device = inputs.real.device
        static = [torch.empty_like(one, device=device) for one in _tensors(inputs)]
        _copy(inputs, static)
        real, *answers = static if inputs.label is None else static[:-1]
        label = None if inputs.label is None else static[-1]

        def run() -> Outputs:
            return self._loss_and_gradients(real, answers, inputs.lazy, label)

        before = self._state()
        with forked_rng(device), restored_buffers(self._module), _on_side_stream(device):
            for _ in range(WARM_UP_RUNS):
                run()
        try:
            replay = self._capture(run)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            raise UsageError(f"trainer.cuda_graph=true can't capture: {_first_line(error)}; leave it out") from error
        after = self._state()
        for name in before.keys() | after.keys():
            if not _is_same(before.get(name), after.get(name)):
                raise UsageError(
                    f"trainer.cuda_graph=true can't capture {name}, which the loss sets anew each time it is computed: "
                    "leave it out"
                )
        return static, replay

    def _state(self) -> dict[str, Any]:
        """The attributes of all layers, of loss and penalty by their names; a replay sets none of them."""
        parts: dict[str, Any] = {
            f"{network}.{name}".rstrip("."): layer
            for network in ("generator", "critic")
            for name, layer in getattr(self._module, network).named_modules()
        }
        parts |= {"loss": self._module.loss, "penalty": self._module.penalty}
        return {
            f"{name}.{attribute}": value
            for name, part in parts.items()
            for attribute, value in {**vars(part), **vars(part).get("_buffers", {})}.items()
        }


class CUDACapture:
    """Captures functions as CUDA graphs whose memory is one pool.

    Graphs may share it although they are replayed in any order, since results are copied after each replay.
    """

    def __init__(self) -> None:
        self._pool: Any = None

    def __call__(self, function: Callable[[], Outputs]) -> Replay:
        """Captures the kernels of `function` without running them; its results are written by each replay."""
        self._pool = self._pool or torch.cuda.graph_pool_handle()
        graph = torch.cuda.CUDAGraph()
        # Other threads load data meanwhile, and may allocate memory. The outer `with` restores the stream on failure.
        with (
            torch.cuda.stream(torch.cuda.current_stream()),
            torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"),
        ):
            outputs = function()

        def replay() -> Outputs:
            graph.replay()
            return outputs

        return replay


@contextmanager
def _on_side_stream(device: torch.device) -> Iterator[None]:
    """Inside the `with`, kernels are launched on a stream of their own, as a capture's; none on a CPU."""
    if device.type != "cuda":
        yield
        return
    current, side = torch.cuda.current_stream(device), torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    side.wait_stream(current)
    with torch.cuda.stream(side):
        yield
    current.wait_stream(side)


def _tensors(inputs: Inputs) -> list[Tensor]:
    return [inputs.real, *inputs.answers, *([] if inputs.label is None else [inputs.label])]


def _copy(inputs: Inputs, static: list[Tensor]) -> None:
    for own, given in zip(static, _tensors(inputs), strict=True):
        own.copy_(given, non_blocking=True)


def _is_same(before: object, after: object) -> bool:
    simple = (bool, int, float, str)
    return before is after or (isinstance(before, simple) and isinstance(after, simple) and before == after)


def _first_line(error: BaseException) -> str:
    # The end of a capture that has failed raises an error of its own.
    while error.__context__ is not None:
        error = error.__context__
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
