"""How fast the game goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from lightning.pytorch import Callback, Trainer


class Aside(Callback):
    """A callback that keeps the game waiting: for pictures, validation, checkpoints.

    Attributes:
        aside: seconds that it took so far.
    """

    aside: float = 0.0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """The game waits inside this block."""
        began = perf_counter()
        try:
            yield
        finally:
            self.aside += perf_counter() - began


class Pace:
    """Rounds a second, without the time that callbacks took aside."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._now = self._read()

    def _read(self) -> tuple[int, float]:
        callbacks: list[Callback] = self._trainer.callbacks  # type: ignore[attr-defined]
        aside = sum(callback.aside for callback in callbacks if isinstance(callback, Aside))
        return self._trainer.global_step, perf_counter() - aside

    def lap(self) -> float:
        """Rounds a second since the last lap."""
        before, self._now = self._now, self._read()
        return (self._now[0] - before[0]) / max(self._now[1] - before[1], 1e-9)
