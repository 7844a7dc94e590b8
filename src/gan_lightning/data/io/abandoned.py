"""Unfinished files of processes that were killed."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path


def remove_abandoned(home: Path) -> None:
    """Removes the unfinished files in a folder of processes of this machine that were killed; see `atomic_replace`."""
    for file in list(os.scandir(home)):
        owner = file.name.removesuffix(".writing").rpartition(".")
        mine = file.name.startswith(".") and file.name.endswith(".writing") and owner[2].isdigit()
        if mine and owner[0].endswith(f".{socket.gethostname()}") and not _alive(int(owner[2])):
            with suppress(OSError):
                os.unlink(file.path)


def _alive(process: int) -> bool:
    if os.name != "posix":  # there os.kill would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
