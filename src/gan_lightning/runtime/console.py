"""What the commands say on the terminal, and what they keep libraries from saying."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import NoReturn

from gan_lightning.runtime.refusal import Refusal


def refuse(refusal: Refusal) -> NoReturn:
    """Prints one line and exits with code 1."""
    print(f"error: {refusal}", file=sys.stderr)
    raise SystemExit(1)


def quiet() -> None:
    """Warnings in one line each; Lightning's greetings not at all."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)  # Lightning 2.6 on torch ≥ 2.10
    warnings.formatwarning = lambda message, *_args, **_kwargs: f"warning: {message}\n"
