"""Files written beside their target, then renamed: a kill or a full disk leaves the old file whole."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_replace(target: Path, *, shared: bool = False, fsync: bool = False) -> Iterator[Path]:
    """Yields a temporary path in the target's folder, which replaces the target at the end, or is removed on an error.

    Args:
        target: the file; its folder exists.
        shared: several processes may write the same target at the same time; each gets a temporary file of its own.
        fsync: flush file and folder to the disk, so that a power failure leaves the old or the new file, too.
    """
    owner = f".{socket.gethostname()}.{os.getpid()}" if shared else ""
    beside = target.with_name(f".{target.name}{owner}.writing")
    while beside.is_dir():  # not a file of this program's
        beside = beside.with_name(f"{beside.name}_")
    try:
        yield beside
        if fsync:
            _fsync(beside, os.O_RDWR)
        os.replace(beside, target)
        beside.unlink(missing_ok=True)  # nothing is renamed where both are already names of one file
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    if fsync and os.name == "posix":  # the new name itself must reach the disk
        _fsync(target.parent, os.O_RDONLY)


def write_bytes(target: Path, content: bytes) -> None:
    """Writes a whole file; see `atomic_replace`."""
    with atomic_replace(target) as beside:
        beside.write_bytes(content)


def write_text(target: Path, content: str) -> None:
    """Writes a whole file in UTF-8; see `atomic_replace`."""
    with atomic_replace(target) as beside:
        beside.write_text(content, encoding="utf-8")


def _fsync(path: Path, mode: int) -> None:
    handle = os.open(path, mode)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
