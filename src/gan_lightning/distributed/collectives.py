"""Process group, collectives, and statistics of the global batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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

    def gather_rows_to_first(self, shard: Tensor | None) -> Tensor | None:
        """All rows on rank 0, on its shard's device; None on the other ranks, or if no rank has any.

        Rows are taken from each rank in turn as long as it has some: shards by `rows` come in global order.

        Args:
            shard: [its rows, ...]; None for none.
        """
        if self.size == 1:
            return shard
        here = None if shard is None else (len(shard), shard.shape[1:], shard.dtype)
        heads = self._all_gather(here)
        shape, dtype = next((head[1:] for head in heads if head is not None), ((), torch.float32))
        counts = torch.tensor([0 if head is None else head[0] for head in heads])
        if not counts.any():
            return None
        if self.rank:
            if counts[self.rank] and shard is not None:
                self._send(shard)
            return None
        whole = torch.empty(int(counts.sum()), *shape, dtype=dtype, device=None if shard is None else shard.device)
        for rank in counts.nonzero().flatten().tolist():
            count = int(counts[rank])
            # Of each rank, as many rows come before row i of this one as there are up to i.
            upto = torch.arange(count)[:, None] + (torch.arange(self.size) < rank).long()
            rows = self._receive(rank, (count, *shape), dtype) if rank else shard
            whole[torch.minimum(counts, upto).sum(1).to(whole.device)] = rows.to(whole.device)  # type: ignore[union-attr]
        return whole

    def receive_each(self, tensor: Tensor | None) -> Iterator[Tensor]:
        """The other ranks' tensors, one at a time, on rank 0; nothing on the other ranks. For tensors of any shapes."""
        heads = self._all_gather(None if tensor is None else (tensor.shape, tensor.dtype)) if self.size > 1 else []
        if self.rank and tensor is not None:
            self._send(tensor)
        for rank, head in enumerate(heads):
            if self.rank == 0 and rank and head is not None:
                yield self._receive(rank, *head)

    def _send(self, tensor: Tensor) -> None:
        dist.send(tensor.detach().to(_wire_device()).contiguous(), dst=0)

    def _receive(self, rank: int, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        buffer = torch.empty(shape, dtype=dtype, device=_wire_device())
        dist.recv(buffer, src=rank)
        return buffer

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


_synchronized = False


@contextmanager
def synchronized() -> Iterator[None]:
    """Inside the `with`, batch statistics are those of the global batch.

    All ranks must compute the same statistics in the same order, forward and backward. Elsewhere a rank's batch is its
    own, so that one rank may run a network by itself.
    """
    global _synchronized
    before, _synchronized = _synchronized, dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1
    try:
        yield
    finally:
        _synchronized = before


def is_synchronized() -> bool:
    """True inside `synchronized` on several ranks."""
    return _synchronized


def all_rows(rows: Tensor) -> Tensor:
    """The rows of the global batch in its order, [world size · n, ...], from each rank's rows [n, ...].

    For terms that are no mean over samples. Every rank computes the same term of the same rows, and its gradient flows
    to its own rows only, times the world size: the mean over ranks that follows is the gradient of the term. So there
    is no communication in the backward pass. A collective; the rows themselves outside of `synchronized`.
    """
    if not _synchronized:
        return rows
    size, rank = dist.get_world_size(), dist.get_rank()
    shards = [torch.empty_like(rows, memory_format=torch.contiguous_format) for _ in range(size)]
    dist.all_gather(shards, rows.detach().contiguous())
    shards[rank] = _scale_gradient(rows, size)
    return torch.stack(shards, 1).flatten(0, 1)


def _wire_device() -> torch.device:
    """The device whose tensors the process group sends."""
    return torch.device("cuda", torch.cuda.current_device()) if dist.get_backend() == "nccl" else torch.device("cpu")


def all_mean(mean: Tensor) -> Tensor:
    """The mean over ranks of their means, with the gradient of `all_rows`: for functions of such means alone.

    A collective; the mean itself outside of `synchronized`.
    """
    if not _synchronized:
        return mean
    total = mean.detach().clone()
    dist.all_reduce(total)
    return mean + (total / dist.get_world_size() - mean.detach())


def _scale_gradient(x: Tensor, factor: float) -> Tensor:
    """x itself, with `factor` times the gradient."""
    return x.detach() + factor * (x - x.detach()) if x.requires_grad else x


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
