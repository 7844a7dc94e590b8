"""Time, kernels, launches, waits and memory of a training step."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from types import FrameType
from typing import Any

import torch
from lightning.pytorch import Callback
from torch._C._autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from benchmarks.timing import Line

WARM, WATCHED, LEAST = 5, 3, 5  # steps before the clock starts, under the profiler, and on the clock at the least
LAUNCHES = ("LaunchKernel", "GraphLaunch")  # of CUDA's calls that start work


class Meter:
    """Measures steps, being told when each ends: first warm ones, then some on the clock, then some under the profiler.

    Args:
        device: cpu or cuda; on a CPU the clock is all.
        seconds: of the steps on the clock.

    Attributes:
        line: what was found so far.
    """

    def __init__(self, device: str, seconds: float) -> None:
        self.device, self.seconds, self.line = device, seconds, Line()
        self._phases = self._measure()

    def step_ended(self) -> bool:
        """True if all is measured."""
        return next(self._phases, True)

    def _measure(self) -> Iterator[bool]:
        for _ in range(WARM):
            yield False
        if self.device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        since, steps = self._now(), 0
        while steps < LEAST or perf_counter() - since < self.seconds:
            yield False
            steps += 1
        self.line["ms"] = 1e3 * (self._now() - since) / steps
        if self.device != "cuda":
            return
        self.line["peak MB"] = torch.cuda.max_memory_allocated() / 2**20
        with counted_waits() as waits:
            for _ in range(WATCHED):
                yield False
        self.line["waits"] = len(waits) / WATCHED
        with profile(activities=[ProfilerActivity.CUDA]) as profiler:
            for _ in range(WATCHED):
                yield False
            torch.cuda.synchronize()
        self.line |= kernels(profiler.events(), WATCHED, self.line["ms"])

    def _now(self) -> float:
        if self.device == "cuda":
            torch.cuda.synchronize()
        return perf_counter()


class Timed(Callback):
    """Ends training when the meter has all."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    def on_train_batch_end(self, trainer: Any, *about: Any) -> None:
        """Tells it of the step."""
        trainer.should_stop = self.meter.step_ended()


def kernels(events: Iterable[Any], steps: int, ms: float) -> Line:
    """Share of the time in which the GPU was busy, and launches and kernels a step.

    Args:
        events: of torch's profiler.
        steps: under it.
        ms: of a step without it, which slows the host but no kernel.
    """
    spans, launches = [], 0
    for event in events:
        if event.device_type == DeviceType.CUDA:
            if not (getattr(event, "is_user_annotation", False) or event.name.startswith(("Optimizer.", "Profiler"))):
                spans.append((event.time_range.start, event.time_range.end))
        else:
            launches += any(part in event.name for part in LAUNCHES)
    busy, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        busy += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return {"busy": busy / 1e3 / steps / ms, "launches": launches / steps, "kernels": len(spans) / steps}


@contextmanager
def counted_waits() -> Iterator[list[str]]:
    """Inside the `with`, a list of the times when the host waits for the GPU, as CUDA's own check tells them."""
    found: list[str] = []
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            yield found
        finally:
            torch.cuda.set_sync_debug_mode("default")
            found.extend(str(one.message) for one in told if "synchroniz" in str(one.message))


class OutOfTime(BaseException):
    """A measurement took longer than it may. No `except Exception` on the way shall stop it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Ends what is inside the `with` after so many seconds, at the next line of Python.

    Raises:
        OutOfTime: they are over.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTime(f"longer than {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.01))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
