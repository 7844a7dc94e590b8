"""The threads that share an operation on a CPU."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import torch

_TASKS = Path("/proc/self/task")  # a folder for each thread of this process, on Linux


def use_threads(threads: int) -> None:
    """Shares operations among so many from now on; in processes that are started from here, too."""
    torch.set_num_threads(threads)
    os.environ["OMP_NUM_THREADS"] = str(threads)  # keeps Lightning from setting it where ranks share a machine


def run_queue_wait_seconds() -> float:
    """Seconds that this process's threads were ready and had no core, all threads together; 0 where nobody counts."""
    nanoseconds = 0
    for counted in _TASKS.glob("*/schedstat"):
        with suppress(OSError):  # the thread has ended
            nanoseconds += int(counted.read_text().split()[1])
    return nanoseconds / 1e9
