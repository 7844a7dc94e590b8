"""The signals that end a run, and what they end it with."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gan_lightning.core.console import print_rank_zero

EXIT_TEMPFAIL = 75  # BSD's EX_TEMPFAIL: schedulers take it as "not done, start me again"

# Of the shell, the keyboard, SLURM (`--signal=USR1@120`) and submitit.
SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2") if hasattr(signal, name)]


@contextmanager
def handle_before_training() -> Iterator[None]:
    """Inside the `with`, a signal before training ends the program as one in training does; none disturbs its end."""
    not_by_hand = [one for one in SIGNALS if one != signal.SIGINT]
    for one in not_by_hand:
        signal.signal(one, _leave)
    try:
        yield
    finally:
        for one in not_by_hand:
            signal.signal(one, signal.SIG_IGN)


def _leave(signum: int, frame: Any) -> None:
    print_rank_zero(f"stopped by {signal.Signals(signum).name} outside of training; the same command begins again")
    sys.exit(EXIT_TEMPFAIL)


def ignore_signals(_worker: int = 0) -> None:
    """Makes this process ignore them: one that prepares data must not die before the run that it serves.

    Schedulers and terminals signal every process of a run at once.
    """
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)
