"""Random numbers as a function of seed and step alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def derive_seed(*key: int | str) -> int:
    """A 63-bit seed for the key; equal on every machine and in every process."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def new_rng(*key: int | str, device: torch.device | str = "cpu") -> torch.Generator:
    """A new `torch.Generator` seeded with the key."""
    return torch.Generator(device).manual_seed(derive_seed(*key))


def seed_global_rng(device: torch.device, seed: int) -> None:
    """Seeds torch's global rng of the CPU and of the device (`torch.manual_seed` queries all kinds of devices)."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type != "cpu":
        torch.manual_seed(seed)


class StepRNG:
    """Random numbers of one critic or generator update.

    Numbers are drawn for the global batch and cut to rows `shard::num_shards`, so that they do not depend on the number
    of ranks and of micro-batches.

    Args:
        source: None is torch's global rng.
        update: number of earlier updates of this network.
        shard: index of this rank's (and micro-batch's) shard of the global batch.
        num_shards: number of shards.
        total: rows of the global batch, for shards of unequal sizes; None: `num_shards` times those of a shard.
    """

    def __init__(
        self,
        source: torch.Generator | None = None,
        update: int = 0,
        shard: int = 0,
        num_shards: int = 1,
        total: int | None = None,
    ) -> None:
        self.source, self.update, self.shard, self.num_shards = source, update, shard, num_shards
        self.total = total

    def normal(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """Standard normal numbers, [rows, *shape]."""
        whole = torch.randn(self._total(rows), *shape, generator=self.source, device=device)
        return whole[self.shard :: self.num_shards]

    def uniform(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """Numbers uniform on [0, 1), [rows, *shape]."""
        whole = torch.rand(self._total(rows), *shape, generator=self.source, device=device)
        return whole[self.shard :: self.num_shards]

    def _total(self, rows: int) -> int:
        return rows * self.num_shards if self.total is None else self.total


_layer_rng: StepRNG | None = None


@contextmanager
def layers_draw_from(rng: StepRNG) -> Iterator[None]:
    """Inside the `with`, random layers (noise, dropout) draw from `rng`; elsewhere from torch's global rng."""
    global _layer_rng
    _layer_rng = rng
    try:
        yield
    finally:
        _layer_rng = None


def layer_rng() -> StepRNG | None:
    """The rng of random layers; None for torch's global one."""
    return _layer_rng
