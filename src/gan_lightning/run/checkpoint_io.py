"""Checkpoint IO with atomic writes and verified reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch import __version__ as lightning_version  # type: ignore[attr-defined]

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.run.checkpoint_format import check_format
from gan_lightning.run.checkpoint_integrity import verify_checksums
from gan_lightning.run.checkpoint_schema import check_plain, holds_weights_only


class AtomicCheckpointIO(TorchCheckpointIO):
    """Atomic writes: a kill or a full disk leaves the last checkpoint whole.

    Loading verifies the checksums in torch's zip format, which torch.load ignores.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any = None
    ) -> None:
        """Writes a temporary file, flushes it to the disk, renames it.

        Raises:
            UsageError: writing failed; the checkpoint before is untouched.
        """
        target = Path(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with atomic_replace(target, fsync=True) as beside, beside.open("wb") as file:
                torch.save(checkpoint, file)
        except (OSError, RuntimeError) as error:  # torch raises RuntimeError on a full disk
            before = "the one before it is whole" if target.exists() else "there is none yet"
            raise UsageError(f"could not write {target} ({first_line(error)}); {before}") from error

    def load_checkpoint(
        self, path: str | os.PathLike[str], map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Verifies, then loads tensors and plain containers only, so that an untrusted file runs no code.

        Raises:
            UsageError: the file is missing, damaged, or no checkpoint; or an entry is of a type that none has.
        """
        loaded = _load(path, map_location=map_location or "cpu", weights_only=weights_only is not False)
        loaded.setdefault(
            "pytorch-lightning_version", lightning_version
        )  # which Lightning reads before it calls a hook
        return loaded


def checkpoint_step(path: str | os.PathLike[str]) -> int:
    """The step of a checkpoint to resume from, which is verified; its tensors stay on the disk.

    Raises:
        UsageError: as `AtomicCheckpointIO.load_checkpoint`; or the file holds weights only.
    """
    loaded = _load(path, map_location="cpu", weights_only=True, mmap=True)
    if "optimizer_states" not in loaded:
        raise holds_weights_only(str(path), "optimizer_states")
    return int(loaded.get("global_step", 0))


def _load(path: str | os.PathLike[str], **options: Any) -> dict[str, Any]:
    verify_checksums(path)
    try:
        loaded = torch.load(path, **options)
    except Exception as error:
        raise UsageError(f"{path} is not a checkpoint of this program: {first_line(error)}") from error
    if not isinstance(loaded, dict) or "state_dict" not in loaded:
        raise UsageError(f"{path} is not a checkpoint of this program: it holds no state_dict")
    check_format(loaded)
    if options["weights_only"]:  # else the caller trusts the file
        try:
            check_plain(loaded)
        except UsageError as error:
            raise UsageError(f"{path} is not a checkpoint of this program: {error}") from None
    return loaded
