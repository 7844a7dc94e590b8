"""Output of the commands on the terminal; libraries are silenced."""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NoReturn, TypeVar

from gan_lightning.core.errors import UsageError
from gan_lightning.core.output import unfailing

T = TypeVar("T")

SWEEP = "GAN_LIGHTNING_SWEEP"  # environment variable with the sweep's name, set in the processes of its jobs


def is_rank_zero() -> bool:
    """True if this is the process that prints and writes for all; works before Lightning is imported."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"))


def print_rank_zero(text: str, highlight: str = "") -> None:
    """Prints one line to stderr, on rank 0 only.

    Args:
        text: the line.
        highlight: words in it that are yellow on terminals with colors.
    """
    if is_rank_zero():
        if highlight and unfailing("stderr").isatty() and "NO_COLOR" not in os.environ:
            text = text.replace(highlight, f"\x1b[33m{highlight}\x1b[0m", 1)
        print_any_rank(text)


def print_any_rank(text: str) -> None:
    """Prints one line to stderr, on any rank; one that can't be printed is dropped."""
    with suppress(OSError, ValueError):  # a failed write, a closed stream
        if sys.stderr is not None:
            print(text, file=sys.stderr, flush=True)


def print_error(error: Exception) -> None:
    """Prints the line of an error."""
    print_any_rank(f"error: {error}")


def exit_with_error(error: UsageError) -> NoReturn:
    """Prints one line and exits with code 1.

    An error of one rank mostly is an error of all: rank 0 prints it, and the launcher ends the others. A rank that
    still runs after 1.5 s prints its own.
    """
    if is_rank_zero():
        print_error(error)
    else:
        time.sleep(1.5)
        print_any_rank(f"error (rank {_rank()}): {error}")
    raise SystemExit(1)


def progress_bar(items: Sequence[T], name: str) -> Iterable[T]:
    """The items, with a progress bar if stderr is a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(file=unfailing("stderr"))
    return track(items, name, console=console, transient=True, disable=not console.is_terminal)


def _rank() -> str:
    return next((os.environ[name] for name in ("RANK", "SLURM_PROCID", "LOCAL_RANK") if name in os.environ), "?")


def silence_libraries() -> None:
    """Prints each warning in one line, and none of Lightning's banners and of HTTP requests."""
    import lightning.pytorch  # noqa: F401  sets its loggers' levels when it is imported

    for name in ("lightning.pytorch", "lightning.fabric", "httpx", "httpx2"):  # the latter log each request
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)  # Lightning 2.6 on torch ≥ 2.10
    warnings.filterwarnings("ignore", message="GPU available but not used")  # intended
    warnings.filterwarnings("ignore", message="The `srun` command is available")  # interactive use is fine
    warnings.formatwarning = lambda message, *_args, **_kwargs: f"warning: {message}\n"
