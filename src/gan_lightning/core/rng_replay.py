"""Random numbers drawn ahead: calls of a `StepRNG` are recorded, and their results replayed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.core.rng import StepRNG


class RandomCall(NamedTuple):
    """One call of a `StepRNG`: kind (normal or uniform), rows and shape."""

    kind: str
    rows: int
    shape: tuple[int, ...]

    def __call__(self, rng: StepRNG, device: torch.device) -> Tensor:
        """Makes the call on `rng`; returns [rows, *shape]."""
        numbers: Tensor = getattr(rng, self.kind)(self.rows, *self.shape, device=device)
        return numbers


class RecordingRNG(StepRNG):
    """A `StepRNG` that records its calls, in `calls`."""

    def __init__(
        self, source: torch.Generator | None = None, update: int = 0, shard: int = 0, num_shards: int = 1
    ) -> None:
        super().__init__(source, update, shard, num_shards)
        self.calls: list[RandomCall] = []

    def normal(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """See `StepRNG.normal`."""
        self.calls.append(RandomCall("normal", rows, shape))
        return super().normal(rows, *shape, device=device)

    def uniform(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """See `StepRNG.uniform`."""
        self.calls.append(RandomCall("uniform", rows, shape))
        return super().uniform(rows, *shape, device=device)


class ReplayRNG(StepRNG):
    """A `StepRNG` that returns numbers drawn ahead, in order.

    Args:
        draws: the numbers, a tensor for each call.
        update: see `StepRNG`.
    """

    def __init__(self, draws: Sequence[Tensor], update: int = 0) -> None:
        super().__init__(update=update)
        self._draws, self._next = draws, 0

    def normal(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """The next tensor."""
        self._next += 1
        return self._draws[self._next - 1]

    def uniform(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """The next tensor."""
        return self.normal(rows, *shape, device=device)
