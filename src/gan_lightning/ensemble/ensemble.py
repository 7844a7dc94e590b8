"""The training step of many members at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby

import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.ensemble.compatibility import computation_key, optimizer_key
from gan_lightning.ensemble.stacked_optimizer import StackedOptimizer, stack, unstack
from gan_lightning.ensemble.vmapped_losses import VmappedLosses
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.micro_batches import Batch, MicroBatch


class Ensemble:
    """K members whose steps are one computation, each with its own numbers.

    The members' own loss functions (`critic_loss`, `generator_loss`) run under vmap on stacked weights. Between steps
    every member is as its own run would have left it: its weights and its optimizers' states are views of the stacks.

    Args:
        members: modules within their trainers' fit, all of one `computation_key` and at the same step.

    Raises:
        UsageError: their computations differ.
    """

    def __init__(self, members: Sequence[AdversarialModule]) -> None:
        if len({computation_key(member) for member in members}) > 1:
            raise UsageError("members of an ensemble must have the same networks, objective, loss and penalty")
        self.members = sorted(members, key=optimizer_key)
        first = self.members[0]
        tensors = [dict((*member.named_parameters(), *member.named_buffers())) for member in self.members]
        self.stacks = {name: stack([own[name] for own in tensors]) for name in tensors[0]}
        self.averages = [name for name in self.stacks if name.startswith("ema.")]
        self.buffers = {name for name, _ in first.named_buffers()}
        self.losses, self.accumulate = VmappedLosses(self.members), first.accumulate
        equal = [list(rows) for _, rows in groupby(range(len(members)), lambda n: optimizer_key(self.members[n]))]
        self.players, self.weights, self.trained, self.optimizers = {}, {}, {}, {}
        for index, name in enumerate(("critic", "generator")):
            self.players[name] = [member.players[getattr(member, name)] for member in self.members]
            self.weights[name] = {
                key: stacked if key.startswith(f"{name}.") else stacked.detach()  # no gradient for the opponent
                for key, stacked in self.stacks.items()
                if key not in self.averages
            }
            self.trained[name] = [stacked for stacked in self.weights[name].values() if stacked.requires_grad]
            self.optimizers[name] = [
                StackedOptimizer(
                    [self.members[n].trainer.optimizers[index] for n in rows],
                    self.trained[name],
                    slice(rows[0], rows[-1] + 1),
                )
                for rows in equal
            ]

    def step(self, batches: Mapping[AdversarialModule, Batch]) -> None:
        """One step of every member, as `AdversarialModule.training_step`."""
        members, k = self.members, self.members[0].global_step
        with members[0].trainer.precision_plugin.train_step_context():
            for update in zip(*(m.micro_batches.critic_updates(batches[m], k) for m in members), strict=True):
                with self._player_step("critic", k):
                    for micro_batches in zip(*update, strict=True):
                        self._backward("critic", micro_batches)
                for member in members:
                    member.penalty.project(member.critic)
            with self._player_step("generator", k):
                for micro_batches in zip(
                    *(m.micro_batches.generator_update(batches[m], k) for m in members), strict=True
                ):
                    self._backward("generator", micro_batches)
            self._update_averages(k)

    @contextmanager
    def _player_step(self, name: str, k: int) -> Iterator[None]:
        """`Player.step` of every member."""
        players, trained = self.players[name], self.trained[name]
        for player in players:
            player.begin(k)
        for stacked in trained:
            stacked.grad = None
        with players[0].alone():  # the networks of the first member run, on all weights
            yield
        for stacked, *parameters in zip(trained, *(player.parameters for player in players), strict=True):
            rows = [None] * len(players) if stacked.grad is None else stacked.grad.unbind()
            for parameter, gradient in zip(parameters, rows, strict=True):
                parameter.grad = gradient
        squares = [stacked.grad.flatten(1).square().sum(1) for stacked in trained if stacked.grad is not None]
        for player, norm in zip(players, torch.stack(squares).sum(0).sqrt().unbind(), strict=True):
            player.record(k, norm)
            player.clip(norm)
        for optimizer in self.optimizers[name]:
            optimizer.step()
        for player in players:
            player.spectral.step()

    def _backward(self, name: str, micro_batches: Sequence[MicroBatch]) -> None:
        real = torch.stack([one.real for one in micro_batches])
        losses, recorded = self.losses(name, self.weights[name], real, [one.rng for one in micro_batches])
        torch.autograd.backward(losses.sum() / self.accumulate)
        rows = {key: values.detach().unbind() for key, values in recorded.items()}
        for n, member in enumerate(self.members):
            member.metrics.record(**{key: values[n] for key, values in rows.items()})

    @torch.no_grad()
    def _update_averages(self, k: int) -> None:
        """`EMA.update` of every member."""
        like = self.trained["generator"][0]
        weights = like.new_tensor([1 - member.ema.decay_after(k) for member in self.members])
        for name in self.averages:
            average, latest = self.stacks[name], self.stacks[name.removeprefix("ema.")]
            if name in self.buffers:
                average.copy_(latest)
            else:
                average.lerp_(latest, weights.view(-1, *[1] * (latest.ndim - 1)))

    def release(self) -> None:
        """Gives every member weights and optimizer states of its own again."""
        for member in self.members:
            unstack((*member.parameters(), *member.buffers()))
        for optimizer in (*self.optimizers["critic"], *self.optimizers["generator"]):
            optimizer.release()
