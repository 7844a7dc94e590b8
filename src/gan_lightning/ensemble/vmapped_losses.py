"""One game that is any of its members."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from torch import Tensor, nn
from torch.func import functional_call, vmap

from gan_lightning.core.rng import StepRNG
from gan_lightning.core.rng_replay import RandomCall
from gan_lightning.ensemble.random_prefetch import PrefetchedRNG
from gan_lightning.ensemble.varied_hyperparameters import differing, with_varied
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.step_metrics import StepMetrics

Named = dict[str, Tensor]


class _Losses(nn.Module):
    """A game's loss functions as a forward pass, for `functional_call` to give it other weights."""

    def __init__(self, game: AdversarialModule) -> None:
        super().__init__()
        self.game = game

    def forward(self, name: str, real: Tensor, rng: StepRNG) -> Tensor:
        """The player's loss, of one piece."""
        loss: Tensor = getattr(self.game, f"{name}_loss")(real, rng)
        return loss


class VmappedLosses:
    """The members' own loss functions, with weights and hyper-parameters given from outside.

    Args:
        members: of one kind.
    """

    def __init__(self, members: Sequence[AdversarialModule]) -> None:
        first = members[0]
        self.game = copy.copy(first)  # its networks are the first's, its loss and penalty its own
        self.game.__dict__.update(_modules=dict(first._modules), _trainer=first._trainer)
        self.losses = _Losses(self.game)
        names = [len(list(first.named_parameters(remove_duplicate=one))) for one in (True, False)]
        self.tied = names[0] < names[1]  # to look for tied weights takes time in each call
        self.parts = {"loss": first.loss, "penalty": first.penalty}
        self.values = {name: differing([getattr(member, name) for member in members]) for name in self.parts}
        like = next(first.critic.parameters())
        self.numbers = {
            part: {name: like.new_tensor(of_all) for name, of_all in values.items()}
            for part, values in self.values.items()
        }

    def __call__(
        self, name: str, weights: Named, real: Tensor, turn: int, requests: Sequence[RandomCall], answers: list[Tensor]
    ) -> tuple[Tensor, Named]:
        """Each member's loss, [K], and what it observed.

        Raises:
            Unforeseen: it asked for random numbers that are not among the answers.
        """

        def one(weights: Named, real: Tensor, answers: list[Tensor], numbers: dict[str, Named]) -> tuple[Tensor, Named]:
            self.game.metrics = metrics = StepMetrics()
            for part, own in self.parts.items():
                setattr(self.game, part, with_varied(own, self.values[part], numbers[part]))
            loss = functional_call(
                self.losses, weights, (name, real, PrefetchedRNG(turn, requests, answers)), tie_weights=self.tied
            )
            return loss, {name: values[0] for name, values in metrics.tensors.items()}

        result: tuple[Tensor, Named] = vmap(one)(weights, real, answers, self.numbers)
        return result
