"""The signals that end a run, and its exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gan_lightning.core.console import print_rank_zero

EXIT_TEMPFAIL = 75  # BSD's EX_TEMPFAIL: schedulers take it as "not done, start me again"

# Sent by the shell, the keyboard, SLURM (`--signal=USR1@120`) and submitit.
SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2") if hasattr(signal, name)]


@contextmanager
def handle_before_training() -> Iterator[None]:
    """Inside the `with`, a signal before training exits with code 75; after the `with`, signals are ignored."""
    all_but_sigint = [number for number in SIGNALS if number != signal.SIGINT]
    for number in all_but_sigint:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in all_but_sigint:
            signal.signal(number, signal.SIG_IGN)


def _exit(signum: int, frame: Any) -> None:
    print_rank_zero(f"stopped by {signal.Signals(signum).name} outside of training; the same command begins again")
    sys.exit(EXIT_TEMPFAIL)


def ignore_signals(_worker: int = 0) -> None:
    """Makes this process ignore the signals: a DataLoader worker must not die before its run.

    Schedulers and terminals signal every process of a run at once. Fits DataLoader's `worker_init_fn`.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
