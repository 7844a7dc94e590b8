"""Random numbers that follow from the seed and the step alone."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor


def derive_seed(*key: int | str) -> int:
    """A 63-bit seed for the key: equal keys give equal seeds, on every machine and in every process."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def new_rng(*key: int | str, device: torch.device | str = "cpu") -> torch.Generator:
    """A fresh random generator for the key."""
    return torch.Generator(device).manual_seed(derive_seed(*key))


def seed_global_rng(device: torch.device, seed: int) -> None:
    """Seeds torch's global generators of the CPU and of the device; `torch.manual_seed` asks for all there might be."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type != "cpu":
        torch.manual_seed(seed)


class StepRNG:
    """The random numbers of one update.

    Each draw is made for the global batch and then cut to this process's share, rows `shard::num_shards`, so that any
    number of processes (and of accumulated pieces) sees the same numbers as one would.

    Args:
        source: where numbers come from; None is torch's global generator.
        update: how many updates of this player came before.
        shard: which share of the global batch is ours.
        num_shards: how many shares there are.
    """

    def __init__(
        self, source: torch.Generator | None = None, update: int = 0, shard: int = 0, num_shards: int = 1
    ) -> None:
        self.source, self.update, self.shard, self.num_shards = source, update, shard, num_shards

    def normal(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """Standard normal numbers [rows, *shape]."""
        whole = torch.randn(rows * self.num_shards, *shape, generator=self.source, device=device)
        return whole[self.shard :: self.num_shards]

    def uniform(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """Numbers uniform on [0, 1), [rows, *shape]."""
        whole = torch.rand(rows * self.num_shards, *shape, generator=self.source, device=device)
        return whole[self.shard :: self.num_shards]
