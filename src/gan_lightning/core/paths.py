"""Folders of data sets and caches, and paths for messages."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from gan_lightning.core.errors import UsageError


def cache_dir() -> Path:
    """The folder for downloads and caches: `$XDG_CACHE_HOME/gan_lightning`, else `~/.cache/gan_lightning`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "gan_lightning"


def search_dirs() -> list[Path]:
    """The folders searched for downloaded data sets: `data` in the working directory, then the cache."""
    return [Path("data"), cache_dir()]


def join_names(folders: Iterable[Path]) -> str:
    """The folders, separated by commas, for a message."""
    return ", ".join(str(f) for f in folders)


def make_dir(folder: Path, key: str) -> None:
    """Creates a folder for outputs, with its parents, unless it is there.

    Args:
        folder: to create.
        key: that names it on the command line.

    Raises:
        UsageError: it can't be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise UsageError(f"{key}={folder} is a file: give a folder") from error
    except OSError as error:
        raise UsageError(f"{key}={folder} can't be created: {error.strerror}") from error


_typed_in: list[str] = []  # the directory that the command was typed in, where it runs in another


def show_paths_from(directory: str) -> None:
    """From now on, messages have paths as seen from this directory, not from the working directory."""
    _typed_in[:] = [directory]


def relative_to_cwd(path: Path | str) -> str:
    """The path relative to the directory that the command was typed in if it lies below it, else absolute."""
    relative = os.path.relpath(path, *_typed_in)
    return str(Path(path).absolute()) if relative.startswith("..") else relative
