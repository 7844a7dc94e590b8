"""Process group and collectives."""

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
    """Rank and size of the process group. Work is sharded in strides: rank r of W takes rows r, r+W, ....

    All methods but `rows` are collectives: every rank must call them.

    Args:
        rank: of this process.
        size: number of processes (world size).
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def current(cls) -> Self:
        """The default group of torch.distributed; rank 0 of 1 if it is not initialized."""
        if dist.is_available() and dist.is_initialized():
            return cls(dist.get_rank(), dist.get_world_size())
        return cls()

    def rows(self, n: int) -> Tensor:
        """Indices of this rank's rows out of `n`."""
        return torch.arange(n)[self.rank :: self.size]

    def gather_rows(self, shard: Tensor) -> Tensor:
        """All rows on the CPU in global order, from each rank's `shard` [its rows, ...]; the inverse of `rows`."""
        shards = self._all_gather(shard.cpu())
        whole = shards[0].new_empty(sum(map(len, shards)), *shards[0].shape[1:])
        for rank, rows in enumerate(shards):
            whole[rank :: self.size] = rows
        return whole

    def broadcast_tensors(self, tensors: Iterable[Tensor]) -> None:
        """Overwrites the tensors on all ranks with those of rank 0."""
        if self.size > 1:
            for tensor in tensors:
                dist.broadcast(tensor, src=0)

    def all_sum(self, number: int) -> int:
        """The sum of `number` over ranks."""
        return sum(self._all_gather(number))

    def broadcast_object(self, value: T) -> T:
        """The value of rank 0, on all ranks."""
        values: list[Any] = [value]
        if self.size > 1:
            dist.broadcast_object_list(values, src=0)
        return values[0]  # type: ignore[no-any-return]

    def _all_gather(self, value: T) -> list[T]:
        values: list[Any] = [value] * self.size
        if self.size > 1:
            dist.all_gather_object(values, value)
        return values


def all_mean(mean: Tensor) -> Tensor:
    """The mean over ranks of their means; gradients flow to the local mean only. A collective."""
    if not (dist.is_available() and dist.is_initialized()):
        return mean
    total = mean.detach().clone()
    dist.all_reduce(total)
    return mean + (total / dist.get_world_size() - mean.detach())


def all_gather_rows(row: Tensor) -> Tensor:
    """The rows [n] of all ranks, stacked to [world size, n], by one all-reduce. A collective.

    The gradient of a row is the sum of its gradients over ranks.
    """
    table = row.new_zeros(dist.get_world_size(), len(row))
    table[dist.get_rank()] = row
    rows: Tensor = _AllReduceSum.apply(table)
    return rows


class _AllReduceSum(torch.autograd.Function):
    """All-reduce with a gradient; torch's (`torch.distributed.nn`) is deprecated, and its successor has no gradient."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        total = tensor.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        total: Tensor = _AllReduceSum.apply(g)
        return total
