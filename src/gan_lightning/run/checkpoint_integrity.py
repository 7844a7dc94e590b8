"""Checksums of a checkpoint file, verified without loading it (or torch)."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from gan_lightning.core.errors import UsageError, first_line


def verify_checksums(path: str | os.PathLike[str]) -> None:
    """Verifies the checksum of every record in a checkpoint file.

    Raises:
        UsageError: the file is missing or damaged; names the record.
    """
    if not Path(path).is_file():
        raise UsageError(f"{path} does not exist: give a checkpoint file, such as RUN/checkpoints/last.ckpt")
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except Exception as error:  # whatever the bytes of a damaged archive make its parser raise
        raise UsageError(f"{path} is damaged or no checkpoint: {first_line(error)}") from error
    if broken is not None:
        raise UsageError(f"{path} is damaged: the checksum of {broken} is wrong")
