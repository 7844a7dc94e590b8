"""Tensors and optimizers of many members as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

# Elementwise updates: the new value of a weight depends on no other weight.
ELEMENTWISE = (torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.SGD, torch.optim.Adagrad)

COUNT = "step"  # torch's key for the state that is a scalar for the whole parameter


def stack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors as one, [K, *shape]; each becomes a view of its row."""
    whole = torch.stack([tensor.detach() for tensor in tensors])
    for tensor, row in zip(tensors, whole, strict=True):
        tensor.data = row
    return whole.requires_grad_(tensors[0].requires_grad)


def unstack(tensors: Iterable[Tensor]) -> None:
    """Gives every tensor memory of its own again."""
    for tensor in tensors:
        tensor.data = tensor.data.clone()


class StackedOptimizer:
    """Optimizers of one class with equal hyper-parameters, whose steps torch's own takes on whole stacks.

    Each takes the first step itself, which initializes its state; afterwards their states are views of one.

    Args:
        optimizers: after equally many steps.
        stacks: the parameters of all members, each [K, *shape].
        rows: of these optimizers in the stacks.
    """

    def __init__(self, optimizers: Sequence[Optimizer], stacks: Sequence[Tensor], rows: slice) -> None:
        self.optimizers, self.stacks, self.rows = optimizers, stacks, rows
        self._parameters = [stacked.detach()[rows] for stacked in stacks]
        self._whole: Optimizer | None = None

    def step(self) -> None:
        """One step with the stacks' gradients, at the learning rate that the optimizers have now.

        The first step takes the gradients from the members' parameters, views of the same.
        """
        if self._whole is None:
            for optimizer in self.optimizers:
                optimizer.step()
            self._whole = self._merged()
        else:
            for parameter, stacked in zip(self._parameters, self.stacks, strict=True):
                parameter.grad = None if stacked.grad is None else stacked.grad[self.rows]
            self._whole.param_groups[0]["lr"] = self.optimizers[0].param_groups[0]["lr"]
            self._whole.step()

    def release(self) -> None:
        """Gives every optimizer a state of its own again."""
        for optimizer in self.optimizers:
            for state in optimizer.state.values():
                state |= {key: value.clone() for key, value in state.items() if isinstance(value, Tensor)}

    def _merged(self) -> Optimizer:
        first = self.optimizers[0]
        whole: Optimizer = type(first)([hyper_parameters(first) | {"params": self._parameters}])  # type: ignore[call-arg]
        trained = [[p for p in one.param_groups[0]["params"] if p.requires_grad] for one in self.optimizers]
        for share, *parameters in zip(self._parameters, *trained, strict=True):
            states = [one.state.get(p, {}) for one, p in zip(self.optimizers, parameters, strict=True)]
            for key, value in states[0].items():
                if key == COUNT or value is None:
                    for state in states:
                        state[key] = value
                    whole.state[share][key] = value
                else:
                    whole.state[share][key] = stack([state[key] for state in states])
        return whole


def hyper_parameters(optimizer: Optimizer) -> dict[str, Any]:
    """Those of an optimizer with one parameter group."""
    return {key: value for key, value in optimizer.param_groups[0].items() if key != "params"}
