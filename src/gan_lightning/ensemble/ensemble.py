"""The step of many games at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.ensemble.compatibility import computation_key, optimizer_key
from gan_lightning.ensemble.random_prefetch import RandomPrefetcher, UnexpectedRandomCall
from gan_lightning.ensemble.stacked_ema import StackedEMA, decay_of
from gan_lightning.ensemble.stacked_optimizer import StackedOptimizer
from gan_lightning.ensemble.stacked_parameters import StackedParameters
from gan_lightning.ensemble.vmapped_losses import VmappedLosses
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.micro_batches import Batch, MicroBatch


class Ensemble:
    """K games of one kind that play their steps as one computation, each with its own numbers.

    The members' own loss functions (`critic_loss`, `generator_loss`, their losses and penalties) run under vmap on
    stacked weights. Between steps every member is as its own run would have left it: its weights and the state of its
    optimizers are views of the stacks.

    Args:
        members: AdversarialModules within their trainers' fit, all of one `kind` and at the same step.

    Raises:
        UsageError: they are not of one kind.
    """

    def __init__(self, members: Sequence[AdversarialModule]) -> None:
        if len({computation_key(member) for member in members}) > 1:
            raise UsageError("members of an ensemble must have the same networks, family, loss and penalty")
        self.members = sorted(members, key=lambda member: (optimizer_key(member), decay_of(member.ema)))
        first = self.members[0]
        self._generator = StackedParameters([member.generator for member in self.members])
        self._critic = StackedParameters([member.critic for member in self.members])
        self._stacks = {"critic": self._critic, "generator": self._generator}
        self._averages = StackedEMA(self._generator, [member.ema for member in self.members])
        optimizers = zip(*(member.trainer.optimizers for member in self.members), strict=True)
        alike = [optimizer_key(member) for member in self.members]
        self._steps = {
            name: StackedOptimizer(self._stacks[name], of_all, alike)
            for name, of_all in zip(("critic", "generator"), optimizers, strict=True)
        }
        self._foresight = {"critic": RandomPrefetcher(), "generator": RandomPrefetcher()}
        self._mixture = VmappedLosses(self.members)
        self.accumulate = first.accumulate

    def step(self, batches: dict[AdversarialModule, Batch]) -> None:
        """One step of every member.

        Args:
            batches: each member's.
        """
        with self.members[0].trainer.precision_plugin.train_step_context():
            self._step([batches[member] for member in self.members])

    def _step(self, batches: Sequence[Batch]) -> None:
        steps = [(member, batch, member.global_step) for member, batch in zip(self.members, batches, strict=True)]
        for turn in zip(*(m.micro_batches.critic_updates(batch, k) for m, batch, k in steps), strict=True):
            with self._move("critic"):
                for pieces in zip(*turn, strict=True):
                    self._backward("critic", pieces)
            for member in self.members:
                member.penalty.project(member.critic)
        with self._move("generator"):
            for pieces in zip(*(m.micro_batches.generator_update(batch, k) for m, batch, k in steps), strict=True):
                self._backward("generator", pieces)
        self._averages.update(steps[0][2])

    def _backward(self, name: str, pieces: Sequence[MicroBatch]) -> None:
        weights = {
            **self._generator.weights("game.generator.", trained=name == "generator"),
            **self._critic.weights("game.critic.", trained=name == "critic"),
        }
        real, rngs = torch.stack([piece.real for piece in pieces]), [piece.rng for piece in pieces]
        foresight = self._foresight[name]
        while True:
            try:
                answers = foresight.answers(rngs, real.device)
                losses, figures = self._mixture(name, weights, real, rngs[0].update, foresight.requests, answers)
                break
            except UnexpectedRandomCall as unforeseen:
                foresight.learn(unforeseen, rngs)
        torch.autograd.backward(losses.sum() / self.accumulate)
        shares = {figure: values.detach().unbind() for figure, values in figures.items()}
        for n, member in enumerate(self.members):
            member.metrics.record(**{figure: values[n] for figure, values in shares.items()})

    @contextmanager
    def _move(self, name: str) -> Iterator[None]:
        """`Player.step` of every member."""
        stack, players = self._stacks[name], [m.players[getattr(m, name)] for m in self.members]
        k = self.members[0].global_step
        for player in players:
            player.begin(k)
        stack.forget_gradients()
        with players[0].alone():
            yield
        for n, (player, norm) in enumerate(zip(players, stack.gradient_norms().unbind(), strict=True)):
            player.record(k, norm)
            if player.max_norm is not None:
                for parameter, whole in zip(player.parameters, stack.trained, strict=True):
                    parameter.grad = None if whole.grad is None else whole.grad[n]
                player.clip(norm)
                for parameter in player.parameters:
                    parameter.grad = None
        self._steps[name]()
        for player in players:
            player.spectral.step()

    def release(self) -> None:
        """Gives every member weights and optimizer states of its own again."""
        for stack in (*self._stacks.values(), self._averages.stack):
            stack.release()
        for steps in self._steps.values():
            steps.release()
