"""What was seen of real samples, kept on disk: looking at ten thousand of them can take half an hour."""

from __future__ import annotations

import hashlib
import os
import socket
from contextlib import suppress
from pathlib import Path

import torch

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.metric.base import SampleStats
from gan_lightning.run.checkpoint_integrity import verify_checksums

VERSION = "1"  # of what is kept; another one when extractors or the file change


def cache_file(folder: Path, *key: str) -> Path:
    """The file for what follows from all these."""
    return folder / f"{hashlib.blake2b(repr((VERSION, *key)).encode(), digest_size=16).hexdigest()}.pt"


def load_features(file: Path) -> SampleStats | None:
    """What is kept there; None where there is nothing, or a damaged file, which comes again."""
    try:
        verify_checksums(file)
        kept = torch.load(file, weights_only=True)
    except (UsageError, RuntimeError, OSError, EOFError):
        return None
    except Exception:  # torch.load raises whatever the bytes of a foreign file make its parser raise
        return None
    whole = isinstance(kept, dict) and all(isinstance(value, torch.Tensor) for value in kept.values())
    return kept if whole else None


def save_features(file: Path, seen: SampleStats) -> None:
    """Keeps it. The file is whole, whoever else keeps it at the same time; a full disk is no reason to stop."""
    beside = file.with_name(f".{file.name}.{socket.gethostname()}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(seen, beside)
        os.replace(beside, file)
    except (OSError, RuntimeError) as error:  # torch tells of a full disk in a RuntimeError
        with suppress(OSError):
            beside.unlink()
        print_rank_zero(
            f"warning: what was seen of the reals is not kept in {file.parent} ({str(error).splitlines()[0]})"
        )
