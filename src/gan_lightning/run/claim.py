"""Exclusive use of a directory by one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gan_lightning.core.errors import UsageError
from gan_lightning.core.paths import make_dir, relative_to_cwd

LOCK = ".lock"

_locks: set[int] = set()


@contextmanager
def claim(directory: Path, activity: str, key: str) -> Iterator[None]:
    """Claims a directory, which is made if it does not exist, until the end of the `with`.

    The claim is a locked file in the directory: no other process can claim the directory, and none that is refused can
    remove it. The lock of a killed process is gone with it; the file it leaves behind can be claimed.

    Args:
        directory: to claim.
        activity: of the process that holds it, for the message: "is training".
        key: override that names another directory.

    Raises:
        UsageError: another process holds the claim, or the directory can't be created.
    """
    handle = _acquire(directory, activity, key)
    _locks.add(handle)
    try:
        yield
    finally:
        with suppress(OSError):
            (directory / LOCK).unlink()  # while it is locked, so that it is this process's own
        if handle in _locks:
            _locks.discard(handle)
            os.close(handle)


def _acquire(directory: Path, activity: str, key: str) -> int:
    while True:
        make_dir(directory, key)
        try:
            handle = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except FileNotFoundError:  # a refused process has removed the directory, which was empty
            continue
        try:
            _lock(handle)
            if os.path.samestat(os.fstat(handle), os.stat(directory / LOCK)):
                return handle
        except BlockingIOError as error:
            os.close(handle)
            raise UsageError(
                f"another process {activity} in {relative_to_cwd(directory)}: wait for it, or choose another "
                f"directory ({key}=...)"
            ) from error
        except FileNotFoundError:
            pass
        os.close(handle)  # its owner has removed the file meanwhile


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        pass  # a file system without locks


def _close_locks() -> None:
    # A forked DataLoader worker outlives a killed run by seconds, and must not hold its lock.
    for handle in _locks:
        os.close(handle)
    _locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_locks)
