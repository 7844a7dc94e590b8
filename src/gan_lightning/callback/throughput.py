"""Training throughput."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.callback.due import images_seen
from gan_lightning.core.callbacks import callbacks_of


class TimedCallback(Callback):
    """A callback whose time does not count for the throughput: plots, validation, checkpoints.

    Attributes:
        excluded_seconds: its time so far.
    """

    excluded_seconds: float = 0.0

    @contextmanager
    def excluded_from_throughput(self) -> Iterator[None]:
        """Time inside the `with` is excluded."""
        began = perf_counter()
        try:
            yield
        finally:
            self.excluded_seconds += perf_counter() - began


class Throughput:
    """Real images per second (steps, if the batch size is unknown), without the excluded time of callbacks.

    Attributes:
        unit: "images" or "steps".
    """

    def __init__(self, trainer: Trainer, module: LightningModule) -> None:
        self._trainer, self._module = trainer, module
        self.unit = "steps" if images_seen(trainer, module) is None else "images"
        self._now = self._read()

    def _read(self) -> tuple[int, float]:
        excluded = sum(callback.excluded_seconds for callback in callbacks_of(self._trainer, TimedCallback))
        images = images_seen(self._trainer, self._module)
        return self._trainer.global_step if images is None else images, perf_counter() - excluded

    def per_second(self) -> float:
        """Images or steps per second since the last call."""
        before, self._now = self._now, self._read()
        return (self._now[0] - before[0]) / max(self._now[1] - before[1], 1e-9)
