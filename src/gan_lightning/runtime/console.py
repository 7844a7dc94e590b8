"""What the commands say on the terminal, and what they keep libraries from saying."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import NoReturn

from gan_lightning.runtime.refusal import Refusal


def first_process() -> bool:
    """Whether this process speaks and writes for all; known before Lightning is loaded."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"))


def say(text: str) -> None:
    """One line for the person at the terminal, from the first process only."""
    if first_process():
        print(text, file=sys.stderr, flush=True)


def refuse(refusal: Refusal) -> NoReturn:
    """Prints one line and exits with code 1."""
    say(f"error: {refusal}")
    raise SystemExit(1)


def quiet() -> None:
    """Warnings in one line each; Lightning's greetings not at all."""
    import lightning.pytorch  # noqa: F401  sets its loggers' levels when it is imported

    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)  # Lightning 2.6 on torch ≥ 2.10
    warnings.formatwarning = lambda message, *_args, **_kwargs: f"warning: {message}\n"
