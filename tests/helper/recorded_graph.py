"""A stand-in for CUDA graphs on a CPU: operations are recorded, and run again on the same memory.

Like a capture, it runs no Python code again, changes nothing while it records, refuses to wait for a number, and shares
the memory of results among graphs: a replay overwrites those of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from gan_lightning.nn.freeze import restored_buffers
from gan_lightning.objective.precomputed_loss import Outputs


class Operation(NamedTuple):
    """One of torch's operations, with the tensors that it read and wrote."""

    function: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    result: Any

    @property
    def own(self) -> list[tuple[int, Tensor]]:
        """The tensors in its result, by their places, whose memory is no argument's."""
        given = {memory(t) for t in tensors((self.arguments, self.options))}
        return [(i, t) for i, t in enumerate(tree_leaves(self.result)) if is_own(t, given)]

    def again(self) -> None:
        """Runs it on what its arguments are now; a view of memory that others write needs nothing."""
        own = self.own
        if not own and not changes_arguments(self.function):
            return
        result = tree_leaves(self.function(*self.arguments, **self.options))
        for i, recorded in own:
            recorded.detach().copy_(result[i])


class Recorder(TorchDispatchMode):
    """Records all operations, those of backward passes included."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[Operation] = []

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), options: Any = None) -> Any:
        # On a CPU alone, torch's one_hot reads whole numbers: it checks the classes.
        if function is torch.ops.aten._local_scalar_dense.default and arguments[0].is_floating_point():
            raise RuntimeError("operation not permitted when stream is capturing\nCompile with ...")
        result = function(*arguments, **(options or {}))
        self.operations.append(Operation(function, arguments, options or {}, result))
        return result


class RecordedGraphs:
    """Captures functions, see `GraphedLoss`; the module's buffers are what recording leaves unchanged.

    Attributes:
        replays: of each graph, in the order of their captures.
    """

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._results: list[list[Tensor]] = []
        self.replays: list[int] = []

    def __call__(self, function: Callable[[], Outputs]) -> Callable[[], Outputs]:
        with restored_buffers(self._module), torch.random.fork_rng([]), Recorder() as recorder:
            outputs = function()
        written = {memory(t) for operation in recorder.operations for _, t in operation.own}
        results = [t.detach() for t in tensors(outputs) if memory(t) in written]
        index = len(self.replays)
        self._results.append(results)
        self.replays.append(0)
        fill(results)  # nothing has been computed yet

        def replay() -> Outputs:
            fill(t for other in self._results if other is not results for t in other)
            with torch.no_grad(), torch.autocast("cpu", enabled=False):
                for operation in recorder.operations:
                    operation.again()
            self.replays[index] += 1
            return outputs

        return replay


def tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


def memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def is_own(value: Any, given: set[int]) -> bool:
    return isinstance(value, Tensor) and memory(value) not in given


def changes_arguments(function: Any) -> bool:
    return bool(function._schema.is_mutable) or "batch_norm" in function._schema.name


def fill(memories: Iterable[Tensor]) -> None:
    for tensor in memories:
        tensor.fill_(torch.nan)
