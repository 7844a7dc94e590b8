"""Where data sets are looked for, and where what was made from them is kept."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def cache_dir() -> Path:
    """The folder of downloads and caches: `$XDG_CACHE_HOME/gan_lightning`, else `~/.cache/gan_lightning`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "gan_lightning"


def search_dirs() -> list[Path]:
    """The folders that downloaded sets are looked for in: `data` where the command runs, then the cache."""
    return [Path("data"), cache_dir()]


def join_names(folders: Iterable[Path]) -> str:
    """The folders, for a message."""
    return ", ".join(str(f) for f in folders)


def relative_to_cwd(path: Path | str) -> str:
    """The path from the working directory, where it lies below it."""
    relative = os.path.relpath(path)
    return str(Path(path).absolute()) if relative.startswith("..") else relative
