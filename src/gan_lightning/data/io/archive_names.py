"""Names of the members of archives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

MOST = 2**28  # bytes of one member, unpacked


def is_hidden(name: PurePosixPath) -> bool:
    """True for names that file managers leave out, and for what macOS adds to archives."""
    return any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in name.parts)


def common_folders(names: Sequence[PurePosixPath]) -> int:
    """Number of folders that are around all of the files."""
    around = 0
    while names and all(len(name.parts) > around + 1 for name in names):
        if len({name.parts[around] for name in names}) > 1:
            break
        around += 1
    return around


def fault_of(name: PurePosixPath, size: int) -> str | None:
    """The reason why a member of this name and size is not opened; None if it may be."""
    if name.is_absolute() or ".." in name.parts:
        return "a path outside of the archive"
    return None if size <= MOST else f"{size / 2**20:,.0f} MB unpacked, more than {MOST >> 20}"
