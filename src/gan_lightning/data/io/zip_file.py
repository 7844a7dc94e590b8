"""Zip archives, read in place."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from gan_lightning.core.errors import UsageError, first_line


def is_zip(root: Path) -> bool:
    """True for an archive, by its content or its suffix."""
    return os.path.isfile(root) and (root.suffix.lower() == ".zip" or zipfile.is_zipfile(root))


def open_zip(root: Path) -> zipfile.ZipFile:
    """The archive at data.root.

    Raises:
        UsageError: it is damaged.
    """
    try:
        return zipfile.ZipFile(root)
    except Exception as error:  # the parser raises every kind
        raise UsageError(
            f"data.root={root} can't be read as a zip archive ({first_line(error)}): make it anew"
        ) from error
