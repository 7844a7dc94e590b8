"""Signals of a launcher's worker process, forwarded to the child process that it waits for."""

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
    """Inside the `with`, forwards signals to the processes that the caller appends to the yielded list.

    SIGINT and SIGHUP are ignored in a worker process: the terminal delivers them to the child as well. SIGUSR1/2 (the
    time limit of SLURM and submitit) are forwarded to the child; the handler before runs after the child has exited,
    unless it exited with 0. Submitit's own handler would queue the job again and exit at once, and SLURM would end the
    run with it, in the middle of a step.
    """
    children: list[subprocess.Popen[str]] = []
    received: list[int] = []
    handlers: dict[int, Any] = {}

    def forward(signum: int, frame: Any) -> None:
        if not received:
            for process in children:
                process.send_signal(signum)
        received.append(signum)

    if threading.current_thread() is threading.main_thread():
        if parent_process() is not None:
            for number in (getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)):
                if signal.getsignal(number) != signal.SIG_IGN:  # which the child, too, is to ignore
                    handlers[number] = signal.signal(number, lambda *_: None)
        for number in (getattr(signal, name) for name in ("SIGUSR1", "SIGUSR2") if hasattr(signal, name)):
            if callable(signal.getsignal(number)):
                handlers[number] = signal.signal(number, forward)
    try:
        yield children
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if received and any(process.returncode for process in children):
        handlers[received[0]](received[0], None)
