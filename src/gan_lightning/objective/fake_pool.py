"""A pool of earlier fakes, for the critic's updates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_lightning.core.rng import StepRNG, new_rng
from gan_lightning.distributed.collectives import all_rows


class _Plan(NamedTuple):
    """The slots of an update's fakes in the pool, and masks of those stored and exchanged, [sides, rows] each."""

    slots: Tensor
    stored: Tensor
    exchanged: Tensor


class FakePool(nn.Module):
    """Fakes of earlier updates that the critic sees again (Shrivastava et al. 2017, arXiv:1612.07828).

    As in Zhu et al. 2017, section 4: each fake is seen as it is with probability ½, or else one of the pool, whose
    place it takes; the first fakes fill the pool. A side decides for itself. What an update stores is in the pool from
    the next update on, and no two rows of an update take the same fake, so that the pool does not depend on how a batch
    is cut; of a batch larger than the pool the rest is seen as it is.

    Args:
        size: fakes of each side.
        shape: of a fake.
        seed: of the run.
        sides: number of games: 2 where a generator translates both ways.

    Attributes:
        fakes: the pool, [sides, size, *shape], saved in checkpoints.
        count: number of fakes of a side that have been seen, likewise.
    """

    fakes: Tensor
    count: Tensor

    def __init__(self, size: int, shape: Sequence[int], seed: int, sides: int = 1) -> None:
        super().__init__()
        self.size, self.seed, self.sides = size, seed, sides
        self.register_buffer("fakes", torch.zeros(sides, size, *shape))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))
        self._waiting: list[tuple[Tensor, StepRNG]] = []  # one for each micro-batch of the update

    def forward(self, fakes: Tensor, rng: StepRNG) -> Tensor:
        """Fakes of all sides [sides, batch, *shape] of a micro-batch → what the critic sees in their place.

        They are stored by `store`.
        """
        self._waiting.append((fakes.detach(), rng))
        plan = self._plan(rng.update, fakes.shape[1] * rng.num_shards)
        slots, exchanged = (each[:, rng.shard :: rng.num_shards] for each in (plan.slots, plan.exchanged))
        old = torch.stack([kept[slot] for kept, slot in zip(self.fakes, slots, strict=True)]).to(fakes)
        return torch.where(exchanged.view(*exchanged.shape, *[1] * (fakes.dim() - 2)), old, fakes)

    @torch.no_grad()
    def store(self) -> None:
        """Stores what the update's micro-batches have seen, those with NaN or infinity apart. A collective."""
        if not self._waiting:
            return
        parts = [all_rows(fakes.transpose(0, 1)) for fakes, _ in self._waiting]  # of all processes, in turn
        devices = len(parts[0]) // self._waiting[0][0].shape[1]
        whole = torch.stack([part.reshape(-1, devices, *part.shape[1:]) for part in parts], 1)
        whole = whole.flatten(0, 2).transpose(0, 1)  # in the order of the global batch
        plan = self._plan(self._waiting[0][1].update, whole.shape[1])
        stored = plan.stored & whole.flatten(2).isfinite().all(2)
        for kept, fakes, slots, rows in zip(self.fakes, whole, plan.slots, stored, strict=True):
            _put(kept, slots, fakes.to(kept), rows)
        self.count += whole.shape[1]
        self._waiting = []

    def forget(self) -> None:
        """Drops what an update has seen, without storing it."""
        self._waiting = []

    def _plan(self, update: int, rows: int) -> _Plan:
        rng, device = new_rng(self.seed, "image pool", update), self.fakes.device
        coins = torch.rand(self.sides, rows, generator=rng).to(device)
        orders = torch.stack([torch.randperm(self.size, generator=rng) for _ in range(self.sides)]).to(device)
        row = torch.arange(rows, device=device)
        fills = (self.count + row < self.size).expand(self.sides, -1)
        exchanged = (coins < 0.5) & (self.count >= self.size) & (row < self.size)
        slots = torch.where(fills, self.count + row, orders[:, row % self.size])
        return _Plan(slots, fills | exchanged, exchanged)


def _put(kept: Tensor, slots: Tensor, fakes: Tensor, stored: Tensor) -> None:
    """`kept[slots[stored]] = fakes[stored]` without waiting for the device: the other rows repeat the first stored one.

    Stored slots are different ones.
    """
    source = torch.where(stored, torch.arange(len(stored), device=stored.device), stored.int().argmax())
    values, slots = fakes[source], slots[source]
    kept[slots] = torch.where(stored.any(), values, kept[slots])
