"""One optimizer for many members, each with its own hyper-parameters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch
from torch.optim import Optimizer

from gan_lightning.core.errors import UsageError
from gan_lightning.ensemble.stacked_parameters import StackedParameters

# Element by element: what happens to a weight depends on no other weight.
ELEMENTWISE = (torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.SGD, torch.optim.Adagrad)

COUNT = "step"  # torch's name for what its states hold once, and not for each weight


class StackedOptimizer:
    """The steps of K optimizers, taken by torch's own on whole stacks.

    Neighbours with equal hyper-parameters share a group of it. The members' own optimizers hold views of its state.

    Args:
        stack: of the networks.
        optimizers: the members', one for each network; of one class, after equally many steps.
        alike: equal for members that take equal steps in every step.
    """

    def __init__(self, stack: StackedParameters, optimizers: Sequence[Optimizer], alike: Sequence[str]) -> None:
        self.stack, self.members = stack, list(optimizers)
        runs = [list(run) for _, run in groupby(range(len(optimizers)), lambda n: alike[n])]
        self.runs = [slice(run[0], run[-1] + 1) for run in runs]
        self.slices = [[p.detach()[run] for p in stack.trained] for run in self.runs]
        groups = [
            _group(optimizers[run.start]) | {"params": slices}
            for run, slices in zip(self.runs, self.slices, strict=True)
        ]
        self.whole: Optimizer = type(optimizers[0])(groups)  # type: ignore[call-arg]
        self._own = [[p for p in one.param_groups[0]["params"] if p.requires_grad] for one in optimizers]
        self._gather()

    def __call__(self) -> None:
        """One step with the gradients of the stack, at the learning rates that the members' optimizers have now."""
        for run, slices, group in zip(self.runs, self.slices, self.whole.param_groups, strict=True):
            group["lr"] = self.members[run.start].param_groups[0]["lr"]
            for share, parameter in zip(slices, self.stack.trained, strict=True):
                share.grad = None if parameter.grad is None else parameter.grad[run]
        self.whole.step()
        if not self._shared:
            self._share()

    def _gather(self) -> None:
        """Takes over the state of members that have one."""
        self._shared = False
        for run, slices in zip(self.runs, self.slices, strict=True):
            for index, share in enumerate(slices):
                states = [self.members[n].state.get(self._own[n][index], {}) for n in range(run.start, run.stop)]
                if states[0]:
                    self.whole.state[share] = {
                        key: value.clone() if key == COUNT else torch.stack([state[key] for state in states])
                        for key, value in states[0].items()
                    }
        if any(self.whole.state.values()):
            self._share()

    def _share(self) -> None:
        """Gives the members' optimizers their views."""
        self._shared = True
        for run, slices in zip(self.runs, self.slices, strict=True):
            for index, share in enumerate(slices):
                for place, n in enumerate(range(run.start, run.stop)):
                    state = self.whole.state[share]
                    self.members[n].state[self._own[n][index]] = {
                        key: value if key == COUNT else value[place] for key, value in state.items()
                    }

    def release(self) -> None:
        """Gives every member a state of its own."""
        for optimizer in self.members:
            for state in optimizer.state.values():
                for key, value in state.items():
                    state[key] = value.clone()


def hyper_parameters(optimizer: Optimizer) -> str:
    """Equal for optimizers that make the same steps, apart from a schedule.

    Raises:
        UsageError: its steps are not made weight by weight.
    """
    if type(optimizer) not in ELEMENTWISE or len(optimizer.param_groups) != 1:
        known = ", ".join(kind.__name__ for kind in ELEMENTWISE)
        raise UsageError(
            f"an ensemble steps weight by weight, with one group of {known}; {type(optimizer).__name__} is none of them"
        )
    return f"{type(optimizer).__name__} {sorted(_group(optimizer).items(), key=str)}"


def _group(optimizer: Optimizer) -> dict[str, Any]:
    return {key: value for key, value in optimizer.param_groups[0].items() if key != "params"}
