"""Checksums of a checkpoint file, verified without loading it (or torch)."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from gan_lightning.core.errors import UsageError, first_line

_IS_FOLDER = 0x10  # of MS-DOS; torch reads such a record as empty


def verify_checksums(path: str | os.PathLike[str]) -> None:
    """Verifies the checksum of every record in a checkpoint file.

    Raises:
        UsageError: the file is missing or damaged; names the record.
    """
    if not Path(path).is_file():
        raise UsageError(f"{path} does not exist: give a checkpoint file, such as RUN/checkpoints/last.ckpt")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_directory(archive.infolist())
            broken = archive.testzip()
    except Exception as error:  # whatever the bytes of a damaged archive make its parser raise
        raise UsageError(f"{path} is damaged or no checkpoint: {first_line(error)}") from error
    if broken is not None:
        raise UsageError(f"{path} is damaged: the checksum of {broken} is wrong")


def _check_directory(records: list[zipfile.ZipInfo]) -> None:
    """Checks what the checksums do not cover, and torch's reader obeys."""
    for record in records:
        if record.compress_type != zipfile.ZIP_STORED or record.external_attr & _IS_FOLDER:
            raise zipfile.BadZipFile(f"{record.filename} is compressed or a folder")
    if len({record.filename for record in records}) < len(records):
        raise zipfile.BadZipFile("two records have one name")
