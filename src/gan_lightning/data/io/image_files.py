"""Image files under one root, and those of a folder."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import BinaryIO

from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few
from gan_lightning.data.io.decode import suffixes
from gan_lightning.data.io.own_outputs import is_own_output

HEIC = ".heic"


@dataclass
class ImageFiles:
    """Image files under one root.

    Attributes:
        root: the folder, or the file that holds or lists them.
        names: relative paths of regular files with the suffix of an image, in order.
        status: two numbers for each of them, which change with its content: size in bytes and time of change in ns.
        faults: "name (reason)" of what can't be opened: dangling links, pipes, folders without permission.
        others: number of files of each other suffix.
        own_outputs: folders that this program has written, which are left out; see `is_own_output`.
    """

    root: Path
    names: list[PurePath] = field(default_factory=list)
    status: list[tuple[int, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    own_outputs: list[Path] = field(default_factory=list)

    @property
    def files(self) -> list[Path]:
        """The paths of the files."""
        return [self.path(name) for name in self.names]

    def path(self, name: PurePath) -> Path:
        """The path of the file of this name."""
        return self.root / name

    def open(self, number: int) -> BinaryIO:
        """The content of a file, by its number."""
        return self.path(self.names[number]).open("rb")

    def only(self, chosen: Callable[[PurePath], bool]) -> ImageFiles:
        """Those whose names are chosen; files with faults stay named."""
        kept = [(name, status) for name, status in zip(self.names, self.status, strict=True) if chosen(name)]
        return replace(self, names=[name for name, _ in kept], status=[status for _, status in kept])

    def is_image(self, name: PurePath) -> bool:
        """True by its suffix; a file that is none is counted."""
        suffix = name.suffix.lower()
        if suffix in suffixes():
            return True
        self.others[suffix or "without a suffix"] += 1
        return False

    def others_shown(self) -> str:
        """The other suffixes and how often each occurs: "2 .txt, 1 .mp4"; what would read them, where that is known."""
        shown = few([f"{count} {suffix}" for suffix, count in self.others.most_common()])
        return f'{shown}; pip install "gan_lightning[heic]" reads {HEIC}' if self.others[HEIC] else shown

    def add(self, name: PurePath) -> None:
        """Takes in the file of this relative path."""
        path, shown = self.path(name), name.as_posix()
        if not self.is_image(name):
            return
        try:
            found = path.stat()
        except OSError as error:
            self.faults.append(f"{shown} ({error.strerror})")
            return
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
            self.faults.append(f"{shown} (not a regular file)")
        elif not os.access(path, os.R_OK):
            self.faults.append(f"{shown} (Permission denied)")
        else:
            self.names.append(name)
            self.status.append((found.st_size, found.st_mtime_ns))


def images_in(root: Path) -> ImageFiles:
    """The files anywhere under `root`. Symbolic links are followed; each folder is visited once.

    Raises:
        UsageError: the folder itself can't be read.
    """
    found = ImageFiles(root)

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
    for name in sorted((path.relative_to(root) for path in paths), key=PurePath.as_posix):
        found.add(name)
    return found
