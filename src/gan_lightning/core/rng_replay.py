"""Random numbers that are drawn before they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.core.rng import StepRNG


class RandomCall(NamedTuple):
    """One call of a `Draw`."""

    kind: str
    rows: int
    shape: tuple[int, ...]

    def __call__(self, rng: StepRNG, device: torch.device) -> Tensor:
        """The numbers that `draw` answers with."""
        answer: Tensor = getattr(rng, self.kind)(self.rows, *self.shape, device=device)
        return answer


class RecordingRNG(StepRNG):
    """A `Draw` that notes what it is asked for."""

    def __init__(
        self, source: torch.Generator | None = None, update: int = 0, shard: int = 0, num_shards: int = 1
    ) -> None:
        super().__init__(source, update, shard, num_shards)
        self.requests: list[RandomCall] = []

    def normal(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """See `Draw.normal`."""
        self.requests.append(RandomCall("normal", rows, shape))
        return super().normal(rows, *shape, device=device)

    def uniform(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """See `Draw.uniform`."""
        self.requests.append(RandomCall("uniform", rows, shape))
        return super().uniform(rows, *shape, device=device)


class ReplayRNG(StepRNG):
    """A `Draw` that hands out, in their order, numbers drawn before.

    Args:
        answers: the numbers.
        update: see `StepRNG`.
    """

    def __init__(self, answers: Sequence[Tensor], update: int = 0) -> None:
        super().__init__(update=update)
        self._answers, self._next = answers, 0

    def normal(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """The next of the numbers."""
        self._next += 1
        return self._answers[self._next - 1]

    def uniform(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """The next of the numbers."""
        return self.normal(rows, *shape, device=device)
