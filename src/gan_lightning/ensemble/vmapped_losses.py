"""The loss functions of many members under vmap."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from gan_lightning.core.rng import StepRNG
from gan_lightning.ensemble.varied_hyperparameters import differing, with_varied
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.step_metrics import StepMetrics

Named = dict[str, Tensor]


class _Rows(torch.autograd.Function):
    """Rows of a tensor that is made outside of vmap: torch calls `vmap` below once for all members."""

    @staticmethod
    def forward(index: Tensor, make: Callable[[], Tensor]) -> Tensor:
        return make()[index]

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        pass

    @staticmethod
    def vmap(info: Any, in_dims: Any, index: Tensor, make: Callable[[], Tensor]) -> tuple[Tensor, int]:
        return make(), 0


class VmappedRNG(StepRNG):
    """The random numbers of one member inside vmap, from its own rng.

    Args:
        index: of the member: 0, 1, ... under vmap.
        rngs: of all members, for the same update.
    """

    def __init__(self, index: Tensor, rngs: Sequence[StepRNG]) -> None:
        super().__init__(update=rngs[0].update)
        self.index, self.rngs = index, rngs

    def normal(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """See `StepRNG.normal`."""
        return self._row(lambda rng: rng.normal(rows, *shape, device=device))

    def uniform(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """See `StepRNG.uniform`."""
        return self._row(lambda rng: rng.uniform(rows, *shape, device=device))

    def _row(self, draw: Callable[[StepRNG], Tensor]) -> Tensor:
        row: Tensor = _Rows.apply(self.index, lambda: torch.stack([draw(rng) for rng in self.rngs]))
        return row


class VmappedLosses:
    """The members' own loss functions, of stacked weights.

    Args:
        members: of one `computation_key`.
    """

    def __init__(self, members: Sequence[AdversarialModule]) -> None:
        first = members[0]
        self.module = copy.copy(first)  # the first's networks; loss, penalty and metrics of its own
        self.module.trainer = first.trainer
        vars(self.module)["forward"] = lambda player, *inputs: getattr(self.module, f"{player}_loss")(*inputs)
        names = [len(list(first.named_parameters(remove_duplicate=one))) for one in (True, False)]
        self.tied = names[0] < names[1]  # a search for tied weights in each call takes time
        self.parts = {"loss": first.loss, "penalty": first.penalty}
        self.values = {part: differing([getattr(member, part) for member in members]) for part in self.parts}
        like = next(first.critic.parameters())
        self.numbers = {
            part: {name: like.new_tensor(of_all) for name, of_all in values.items()}
            for part, values in self.values.items()
        }
        self.index = torch.arange(len(members), device=like.device)

    def __call__(self, player: str, weights: Named, real: Tensor, rngs: Sequence[StepRNG]) -> tuple[Tensor, Named]:
        """Each member's loss, [K], and the tensors that it recorded, each [K, ...].

        Args:
            player: "critic" or "generator".
            weights: the module's parameters and buffers, each [K, ...].
            real: [K, batch, *shape].
            rngs: the members'.
        """

        def one(weights: Named, real: Tensor, index: Tensor, numbers: dict[str, Named]) -> tuple[Tensor, Named]:
            self.module.metrics = metrics = StepMetrics()
            for part, own in self.parts.items():
                setattr(self.module, part, with_varied(own, self.values[part], numbers[part]))
            inputs = (player, real, VmappedRNG(index, rngs))
            loss = functional_call(self.module, weights, inputs, tie_weights=self.tied)
            return loss, {name: values[0] for name, values in metrics.tensors.items()}

        losses: tuple[Tensor, Named] = vmap(one)(weights, real, self.index, self.numbers)
        return losses
