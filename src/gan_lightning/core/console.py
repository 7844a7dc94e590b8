"""What the commands say on the terminal, and what they keep libraries from saying."""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from collections.abc import Iterable, Sequence
from typing import NoReturn, TypeVar

from gan_lightning.core.errors import UsageError

T = TypeVar("T")

SWEEP = "GAN_LIGHTNING_SWEEP"  # names the sweep to the runs that are its jobs


def is_rank_zero() -> bool:
    """Whether this process speaks and writes for all; known before Lightning is loaded."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"))


def print_rank_zero(text: str, mark: str = "") -> None:
    """One line for the person at the terminal, from the first process only.

    Args:
        text: the line.
        mark: words in it that are yellow where there are colors.
    """
    if is_rank_zero():
        if mark and sys.stderr.isatty() and "NO_COLOR" not in os.environ:
            text = text.replace(mark, f"\x1b[33m{mark}\x1b[0m", 1)
        print(text, file=sys.stderr, flush=True)


def print_any_rank(text: str) -> None:
    """One line from whichever process it is."""
    print(text, file=sys.stderr, flush=True)


def exit_with_error(refusal: UsageError) -> NoReturn:
    """Prints one line and exits with code 1.

    What is wrong for one process mostly is for all, so that the first speaks for them, and they end with it. One that
    is still there after a while speaks for itself.
    """
    if is_rank_zero():
        print_any_rank(f"error: {refusal}")
    else:
        time.sleep(1.5)
        print_any_rank(f"error (rank {_rank()}): {refusal}")
    raise SystemExit(1)


def progress_bar(things: Sequence[T], name: str) -> Iterable[T]:
    """The things, with a bar on the terminal that tells how many are done; none elsewhere."""
    from rich.console import Console
    from rich.progress import track

    screen = Console(stderr=True)
    return track(things, name, console=screen, transient=True, disable=not screen.is_terminal)


def _rank() -> str:
    return next((os.environ[name] for name in ("RANK", "SLURM_PROCID", "LOCAL_RANK") if name in os.environ), "?")


def silence_libraries() -> None:
    """Warnings in one line each; Lightning's greetings not at all."""
    import lightning.pytorch  # noqa: F401  sets its loggers' levels when it is imported

    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)  # Lightning 2.6 on torch ≥ 2.10
    warnings.filterwarnings("ignore", message="GPU available but not used")  # as asked for
    warnings.filterwarnings("ignore", message="The `srun` command is available")  # no mistake where one works by hand
    warnings.formatwarning = lambda message, *_args, **_kwargs: f"warning: {message}\n"
