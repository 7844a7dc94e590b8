"""The memory that holds the samples in training: the host's, or the GPU's."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal

import torch

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.data.sample_source import SampleSource, SampleTable
from gan_lightning.data.stream import StepBatch

DataDevice = Literal["auto", "cpu", "cuda"]
SHARE = 0.25  # of the GPU's free memory that samples may take with `auto`


def place(source: SampleSource, wanted: DataDevice, device: torch.device) -> SampleTable | None:
    """A copy of the samples in the memory of the GPU that trains; None if they stay in the host's.

    Each process of several copies the whole set to its own GPU.

    Args:
        source: real data.
        wanted: see `belongs_on_gpu`.
        device: trains.

    Raises:
        UsageError: see `belongs_on_gpu`.
    """
    if wanted == "cpu":
        return None
    needed, free = stored_bytes(source), free_memory(device)
    if belongs_on_gpu(wanted, needed, free) and isinstance(source, SampleTable):
        print_rank_zero(f"data.device={wanted}: {len(source):,} samples in the GPU's memory, {_mb(needed or 0)}")
        return source.to(device)
    if free is not None:
        size = "made or converted as they are read" if needed is None else f"{_mb(needed)} of {_mb(free)} free"
        print_rank_zero(f"data.device={wanted}: samples stay in the host's memory ({size})")
    return None


def check_device(source: SampleSource, wanted: DataDevice, device: torch.device) -> None:
    """Checks what can be known before training starts: that a GPU trains, and that it can hold the samples at all.

    Raises:
        UsageError: see `belongs_on_gpu`.
    """
    belongs_on_gpu(wanted, stored_bytes(source), sys.maxsize if device.type == "cuda" else None)


def stored_bytes(source: SampleSource) -> int | None:
    """Bytes of the samples and labels as stored; None if they are no set that a GPU's memory can hold."""
    return source.nbytes if isinstance(source, SampleTable) else None


def belongs_on_gpu(wanted: DataDevice, needed: int | None, free: int | None) -> bool:
    """True if the samples shall be copied to the GPU's memory.

    Args:
        wanted: cpu, never; cuda, always; auto, if they take at most `SHARE` of its free memory.
        needed: bytes of the samples as stored; None: they are no set that memory can hold.
        free: bytes of the GPU's free memory; None: no GPU trains.

    Raises:
        UsageError: cuda, and they can't be there.
    """
    if wanted != "cuda":
        return wanted == "auto" and needed is not None and free is not None and needed <= SHARE * free
    if free is None:
        raise UsageError("data.device=cuda, but no CUDA GPU trains: use data.device=auto or cpu")
    if needed is None:
        raise UsageError(
            "data.device=cuda, but these samples are made or converted as they are read: use data.device=cpu"
        )
    if needed > free:
        raise UsageError(
            f"data.device=cuda, but the samples take {_mb(needed)}, and {_mb(free)} of the GPU's memory are free: use "
            "data.device=auto, which reads such sets from the host"
        )
    return True


def free_memory(device: torch.device) -> int | None:
    """Bytes of a GPU's free memory; None for another device."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else None


class PrefetchedSteps:
    """A stream of steps whose next one is read into pinned memory, by a thread, while one is used.

    Args:
        steps: the stream.
        device: copies the steps to itself.
    """

    def __init__(self, steps: Iterable[StepBatch], device: torch.device) -> None:
        self.steps, self.device = steps, device

    def __iter__(self) -> Iterator[StepBatch]:
        pins = self.device.type == "cuda"  # a thread begins on the first GPU, whichever the process uses
        begin = partial(torch.cuda.set_device, self.device) if pins else None
        steps = iter(self.steps)

        def read() -> StepBatch:
            return next(steps).pin_memory() if pins else next(steps)

        with ThreadPoolExecutor(1, initializer=begin) as thread:
            ahead = thread.submit(read)
            while True:
                step = ahead.result()
                ahead = thread.submit(read)
                yield step


def _mb(size: float) -> str:
    return f"{size / 2**20:,.0f} MB"
