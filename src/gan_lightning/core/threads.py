"""Intra-op threads on a CPU."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import torch

_TASKS = Path("/proc/self/task")  # on Linux, a folder for each thread of this process


def use_threads(threads: int) -> None:
    """Sets the number of intra-op threads, also for processes started from this one."""
    torch.set_num_threads(threads)
    os.environ["OMP_NUM_THREADS"] = str(threads)  # keeps Lightning from setting it where ranks share a machine


def run_queue_wait_seconds() -> float:
    """Seconds that this process's threads waited for a core, summed over threads; 0 where the system has no count."""
    nanoseconds = 0
    for file in _TASKS.glob("*/schedstat"):
        with suppress(OSError):  # the thread has ended
            nanoseconds += int(file.read_text().split()[1])
    return nanoseconds / 1e9
