"""Statistics of real samples on disk: extracting those of ten thousand images can take half an hour."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.console import print_rank_zero
from gan_lightning.metric.base import SampleStats
from gan_lightning.run.checkpoint_integrity import verify_checksums

VERSION = "1"  # raise it when extractors or the file format change


def cache_file(folder: Path, *key: str) -> Path:
    """The file for what follows from all these."""
    return folder / f"{hashlib.blake2b(repr((VERSION, *key)).encode(), digest_size=16).hexdigest()}.pt"


def load_features(file: Path) -> SampleStats | None:
    """The statistics in a file; None where there is none, or it is damaged."""
    try:
        verify_checksums(file)
        stats = torch.load(file, weights_only=True)
    except Exception:  # torch.load raises whatever the bytes of a foreign file make its parser raise
        return None
    valid = isinstance(stats, dict) and all(isinstance(value, torch.Tensor) for value in stats.values())
    return stats if valid else None


def save_features(file: Path, stats: SampleStats) -> None:
    """Writes the file, whole even if other processes write it at the same time; a full disk is a warning only."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_replace(file, shared=True) as beside, beside.open("wb") as opened:
            torch.save(stats, opened)  # given a path, its name would enter the bytes
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        print_rank_zero(
            f"warning: statistics of the reals are not cached in {file.parent} ({str(error).splitlines()[0]})"
        )
