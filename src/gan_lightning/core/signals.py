"""The signals that end a run, and its exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gan_lightning.core.console import print_rank_zero

EXIT_TEMPFAIL = 75  # BSD's EX_TEMPFAIL: schedulers take it as "not done, start me again"

_NAMES = ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2")

# Sent by the shell, the keyboard, a terminal that is closed, SLURM (`--signal=USR1@120`) and submitit.
SIGNALS = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


def signals_to_handle() -> list[signal.Signals]:
    """The signals that end a run; without SIGHUP if the program was started to ignore it (`nohup`)."""
    hangup = getattr(signal, "SIGHUP", None)
    return [one for one in SIGNALS if one != hangup or signal.getsignal(one) != signal.SIG_IGN]


_received: list[int] = []  # outside of training, since the program began


@contextmanager
def handle_before_training() -> Iterator[None]:
    """Inside the `with`, a signal before training exits with code 75; after the `with`, signals are ignored."""
    all_but_sigint = [number for number in signals_to_handle() if number != signal.SIGINT]
    _received.clear()
    for number in all_but_sigint:
        signal.signal(number, _exit)
    try:
        yield
    except SystemExit:
        if signum := take_signal_before_training():
            name = signal.Signals(signum).name
            print_rank_zero(f"stopped by {name} outside of training; the same command begins again")
        raise
    finally:
        for number in all_but_sigint:
            signal.signal(number, signal.SIG_IGN)


def take_signal_before_training() -> int:
    """The first signal that should have ended the program before training, or 0; it is given once.

    Python ignores exceptions in weakref callbacks, of which its import system has many, and in `__del__`: the exit of a
    signal that arrives there is lost.
    """
    first = _received[0] if _received else 0
    _received.clear()
    return first


def _exit(signum: int, frame: Any) -> None:
    _received.append(signum)
    sys.exit(EXIT_TEMPFAIL)


def ignore_signals(_worker: int = 0) -> None:
    """Makes this process ignore the signals: a DataLoader worker must not die before its run.

    Schedulers and terminals signal every process of a run at once. Fits DataLoader's `worker_init_fn`.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
