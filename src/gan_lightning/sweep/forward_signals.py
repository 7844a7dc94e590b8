"""A worker waits for its job: signals are the job's to hear first."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from typing import Any


@contextmanager
def forward_signals_to_child() -> Iterator[list[subprocess.Popen[str]]]:
    """Inside the `with`, signals to a worker of a launcher wait for the process that is put into the list.

    Ctrl-C reaches every process of a terminal by itself, so the worker is deaf to it. The word that time is up, SLURM's
    and submitit's, is passed on; who listened for it before is told when the process has ended. Submitit would queue
    the job again and end at once, and SLURM would end the run with it, in the middle of a step.
    """
    waited_for: list[subprocess.Popen[str]] = []
    heard: list[int] = []
    before: dict[int, Any] = {}

    def hear(signum: int, frame: Any) -> None:
        if not heard:
            for process in waited_for:
                process.send_signal(signum)
        heard.append(signum)

    if threading.current_thread() is threading.main_thread():
        if parent_process() is not None:
            before[signal.SIGINT] = signal.signal(signal.SIGINT, lambda *_: None)
        for one in (getattr(signal, name) for name in ("SIGUSR1", "SIGUSR2") if hasattr(signal, name)):
            if callable(signal.getsignal(one)):
                before[one] = signal.signal(one, hear)
    try:
        yield waited_for
    finally:
        for one, listener in before.items():
            signal.signal(one, listener)
    if heard and any(process.returncode for process in waited_for):
        before[heard[0]](heard[0], None)
