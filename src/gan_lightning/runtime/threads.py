"""The threads that share an operation on a CPU."""

from __future__ import annotations

import os
from pathlib import Path

import torch

_TASKS = Path("/proc/self/task")  # a folder for each thread of this process, on Linux


def use(threads: int) -> None:
    """Shares operations among so many from now on; in processes that are started from here, too."""
    torch.set_num_threads(threads)
    os.environ["OMP_NUM_THREADS"] = str(threads)  # keeps Lightning from setting it where ranks share a machine


def waited() -> float | None:
    """Seconds that this process's threads were ready and had no core, all threads together; None where none counts."""
    try:
        return sum(int((task / "schedstat").read_text().split()[1]) for task in _TASKS.iterdir()) / 1e9
    except OSError:  # another system, or a thread that ended meanwhile
        return None
