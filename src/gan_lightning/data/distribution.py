"""Data without end: each batch is a fresh sample of a known distribution."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from gan_lightning.core.rng import new_rng


class SamplingDistribution(ABC):
    """A `SampleSource` of independent samples."""

    @abstractmethod
    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """`n` independent samples, float32 [n, *shape]."""

    def batch(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor:
        """See `SampleSource.batch`."""
        return self.sample(size, new_rng(seed, "real", index))[shard::num_shards]

    def classes(self, n: int, rng: torch.Generator) -> Tensor | None:
        """Classes, int64 [n], of the samples that `sample` draws from an rng in the same state; None: unlabelled."""
        return None

    def labels_of(
        self, seed: int, index: int, size: int, shard: int = 0, num_shards: int = 1, samples_seen: int | None = None
    ) -> Tensor | None:
        """See `SampleSource.labels_of`."""
        found = self.classes(size, new_rng(seed, "real", index))
        return None if found is None else found[shard::num_shards]
