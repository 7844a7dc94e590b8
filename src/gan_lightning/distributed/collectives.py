"""The processes that share some work, and what they tell each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from typing_extensions import Self

T = TypeVar("T")


@dataclass(frozen=True)
class ProcessGroup:
    """This process among those that work together; process r of W has the rows r, r+W, ... of whatever there is to do.

    Everything but `rows` must be asked for by all of them at once.

    Args:
        rank: this process.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def current(cls) -> Self:
        """The processes that torch.distributed connects; this one alone where it does not."""
        if dist.is_available() and dist.is_initialized():
            return cls(dist.get_rank(), dist.get_world_size())
        return cls()

    def rows(self, n: int) -> Tensor:
        """The numbers of this process's rows of `n`."""
        return torch.arange(n)[self.rank :: self.size]

    def gather_rows(self, share: Tensor) -> Tensor:
        """All rows on the CPU in the order of their numbers, from each process's `share` of them, [its rows, ...]."""
        shares = self._all(share.cpu())
        whole = shares[0].new_empty(sum(map(len, shares)), *shares[0].shape[1:])
        for rank, part in enumerate(shares):
            whole[rank :: self.size] = part
        return whole

    def broadcast_tensors(self, tensors: Iterable[Tensor]) -> None:
        """Gives all processes the first one's numbers, in place."""
        if self.size > 1:
            for tensor in tensors:
                dist.broadcast(tensor, src=0)

    def all_sum(self, number: int) -> int:
        """The sum of all processes' numbers."""
        return sum(self._all(number))

    def broadcast_object(self, thing: T) -> T:
        """What the first process has."""
        things: list[Any] = [thing]
        if self.size > 1:
            dist.broadcast_object_list(things, src=0)
        return things[0]  # type: ignore[no-any-return]

    def _all(self, thing: T) -> list[T]:
        things: list[Any] = [thing] * self.size
        if self.size > 1:
            dist.all_gather_object(things, thing)
        return things


def all_mean(mean: Tensor) -> Tensor:
    """The mean of all processes' means, with each one's own share of the gradient. All must ask at once."""
    if not (dist.is_available() and dist.is_initialized()):
        return mean
    total = mean.detach().clone()
    dist.all_reduce(total)
    return mean + (total / dist.get_world_size() - mean.detach())


def all_gather_rows(row: Tensor) -> Tensor:
    """All processes' rows [numbers], one below the other [processes, numbers], in one message. All must ask at once.

    A row's gradient is the sum of what all processes make of it.
    """
    table = row.new_zeros(dist.get_world_size(), len(row))
    table[dist.get_rank()] = row
    rows: Tensor = _Sum.apply(table)
    return rows


class _Sum(torch.autograd.Function):
    """Torch's own, in `torch.distributed.nn`, is deprecated, and what is to replace it has no gradient."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        total = tensor.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        total: Tensor = _Sum.apply(g)
        return total
