"""Checkpoints that are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.errors import UsageError
from gan_lightning.run.checkpoint_integrity import verify_checksums


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes beside the target, then takes its place: a kill or a full disk leaves the last checkpoint whole.

    Loading verifies the checksums that torch's zip format carries and torch.load does not look at.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any = None
    ) -> None:
        """Writes, flushes to the disk, renames.

        Raises:
            UsageError: the disk did not take it; what was there before is untouched.
        """
        target = Path(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with atomic_replace(target, fsync=True) as beside, beside.open("wb") as file:
                torch.save(checkpoint, file)
        except (OSError, RuntimeError) as error:  # torch tells of a full disk in a RuntimeError
            kept = "the one before it is whole" if target.exists() else "there is none yet"
            raise UsageError(f"could not write {target} ({str(error).splitlines()[0]}); {kept}") from error

    def load_checkpoint(
        self, path: str | os.PathLike[str], map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Verifies, then loads; tensors and plain containers only, so that a stranger's file runs no code.

        Raises:
            UsageError: the file is missing, damaged, or no checkpoint.
        """
        verify_checksums(path)
        try:
            loaded = torch.load(path, map_location=map_location or "cpu", weights_only=weights_only is not False)
        except Exception as error:
            raise UsageError(f"{path} is not a checkpoint of this program: {str(error).splitlines()[0]}") from error
        if not isinstance(loaded, dict) or "state_dict" not in loaded:
            raise UsageError(f"{path} is not a checkpoint of this program: it holds no state_dict")
        return loaded
