"""Random numbers of many members, drawn before they are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gan_lightning.core.rng import StepRNG
from gan_lightning.core.rng_replay import RandomCall


class UnexpectedRandomCall(Exception):
    """A request other than those that numbers were drawn for."""

    def __init__(self, position: int, request: RandomCall) -> None:
        super().__init__(position, request)
        self.position, self.request = position, request


class PrefetchedRNG(StepRNG):
    """A member's `Draw` inside vmap, where torch can't draw for one member: hands out what was drawn before.

    Args:
        turn: as of any Draw.
        requests: those that are foreseen.
        answers: to each of them.
    """

    def __init__(self, turn: int, requests: Sequence[RandomCall], answers: Sequence[Tensor]) -> None:
        super().__init__(update=turn)
        self._requests, self._answers, self._position = list(requests), answers, 0

    def normal(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """See `Draw.normal`."""
        return self._next(RandomCall("normal", rows, shape))

    def uniform(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """See `Draw.uniform`."""
        return self._next(RandomCall("uniform", rows, shape))

    def _next(self, request: RandomCall) -> Tensor:
        position = self._position
        if self._requests[position : position + 1] != [request]:
            raise UnexpectedRandomCall(position, request)
        self._position += 1
        return self._answers[position]


class RandomPrefetcher:
    """What a player asked for in its last turn, and will ask for in this."""

    def __init__(self) -> None:
        self.requests: list[RandomCall] = []

    def answers(self, rngs: Sequence[StepRNG], device: torch.device) -> list[Tensor]:
        """Numbers for every request, [members, rows, *shape] each."""
        return [torch.stack([request(rng, device) for rng in rngs]) for request in self.requests]

    def learn(self, unforeseen: UnexpectedRandomCall, rngs: Sequence[StepRNG]) -> None:
        """Notes a request; the draws begin anew."""
        self.requests[unforeseen.position :] = [unforeseen.request]
        for rng in rngs:
            assert rng.source is not None
            rng.source.manual_seed(rng.source.initial_seed())
