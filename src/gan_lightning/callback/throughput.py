"""How fast the game goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.callback.due import images_seen


class TimedCallback(Callback):
    """A callback that keeps the game waiting: for pictures, validation, checkpoints.

    Attributes:
        aside: seconds that it took so far.
    """

    excluded_seconds: float = 0.0

    @contextmanager
    def excluded_from_throughput(self) -> Iterator[None]:
        """The game waits inside this block."""
        began = perf_counter()
        try:
            yield
        finally:
            self.excluded_seconds += perf_counter() - began


class Throughput:
    """Real images a second, or steps where nothing tells the images, without the time that callbacks took aside.

    Attributes:
        unit: images or steps.
    """

    def __init__(self, trainer: Trainer, module: LightningModule) -> None:
        self._trainer, self._module = trainer, module
        self.unit = "steps" if images_seen(trainer, module) is None else "images"
        self._now = self._read()

    def _read(self) -> tuple[int, float]:
        callbacks: list[Callback] = self._trainer.callbacks  # type: ignore[attr-defined]
        aside = sum(callback.excluded_seconds for callback in callbacks if isinstance(callback, TimedCallback))
        images = images_seen(self._trainer, self._module)
        return self._trainer.global_step if images is None else images, perf_counter() - aside

    def per_second(self) -> float:
        """How many a second since the last lap."""
        before, self._now = self._now, self._read()
        return (self._now[0] - before[0]) / max(self._now[1] - before[1], 1e-9)
