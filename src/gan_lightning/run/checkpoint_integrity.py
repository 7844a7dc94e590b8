"""Whether a checkpoint file is what was written, told without loading it (or torch)."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from gan_lightning.core.errors import UsageError


def verify_checksums(path: str | os.PathLike[str]) -> None:
    """Compares every part of a checkpoint file with its checksum.

    Raises:
        UsageError: the file is missing, or names what is damaged.
    """
    if not Path(path).is_file():
        raise UsageError(f"{path} does not exist: give a checkpoint file, such as RUN/checkpoints/last.ckpt")
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError) as error:
        raise UsageError(f"{path} is damaged or no checkpoint: {error}") from error
    if broken is not None:
        raise UsageError(f"{path} is damaged: the checksum of {broken} is wrong")
