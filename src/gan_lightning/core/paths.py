"""Folders of data sets and caches, and paths for messages."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def cache_dir() -> Path:
    """The folder for downloads and caches: `$XDG_CACHE_HOME/gan_lightning`, else `~/.cache/gan_lightning`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "gan_lightning"


def search_dirs() -> list[Path]:
    """The folders searched for downloaded data sets: `data` in the working directory, then the cache."""
    return [Path("data"), cache_dir()]


def join_names(folders: Iterable[Path]) -> str:
    """The folders, separated by commas, for a message."""
    return ", ".join(str(f) for f in folders)


def relative_to_cwd(path: Path | str) -> str:
    """The path relative to the working directory if it lies below it, else absolute."""
    relative = os.path.relpath(path)
    return str(Path(path).absolute()) if relative.startswith("..") else relative
