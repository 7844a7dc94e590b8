"""The image files under a folder."""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.decode import suffixes
from gan_lightning.data.io.own_outputs import is_own_output


@dataclass
class ImageFiles:
    """Contents of a folder; hidden files and folders are left out.

    Attributes:
        files: regular files with the suffix of an image, in the order of their relative paths.
        status: size in bytes and time of change in ns, of each of them.
        faults: "name (reason)" of what can't be opened: dangling links, pipes, folders without permission.
        others: number of files of each other suffix.
        own_outputs: folders that this program has written, which are left out; see `is_own_output`.
    """

    files: list[Path] = field(default_factory=list)
    status: list[tuple[int, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    own_outputs: list[Path] = field(default_factory=list)

    def add(self, path: Path, name: str) -> None:
        """Takes in one file, called `name` in messages."""
        if path.suffix.lower() not in suffixes():
            self.others[path.suffix.lower() or "without a suffix"] += 1
            return
        try:
            found = path.stat()
        except OSError as error:
            self.faults.append(f"{name} ({error.strerror})")
            return
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
            self.faults.append(f"{name} (not a regular file)")
        elif not os.access(path, os.R_OK):
            self.faults.append(f"{name} (Permission denied)")
        else:
            self.files.append(path)
            self.status.append((found.st_size, found.st_mtime_ns))


def images_in(root: Path) -> ImageFiles:
    """The files anywhere under `root`. Symbolic links are followed; each folder is visited once.

    Raises:
        UsageError: the folder itself can't be read.
    """
    found = ImageFiles()

    def report(error: OSError) -> None:
        if Path(error.filename) == root:
            raise UsageError(f"data.root={root} can't be read: {error.strerror}") from error
        found.faults.append(f"{Path(error.filename).relative_to(root).as_posix()}/ ({error.strerror})")

    paths: list[Path] = []
    visited: set[str] = set()
    for folder, inner, names in os.walk(root, followlinks=True, onerror=report):
        real = os.path.realpath(folder)
        if real in visited:
            inner.clear()
            continue
        visited.add(real)
        if folder != str(root) and is_own_output(Path(folder)):
            found.own_outputs.append(Path(folder).relative_to(root))
            inner.clear()
            continue
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        paths += [Path(folder, name) for name in names if not name.startswith(".")]
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in paths):
        found.add(path, name)
    return found
