"""The images in a list of paths."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.data.io.image_files import ImageFiles

MOST = 2**30  # bytes of a list


@dataclass
class ListedImages(ImageFiles):
    """The images in a list, `root`; their names are the paths in it, relative to the list's folder."""

    def path(self, name: PurePath) -> Path:
        """See `ImageFiles.path`."""
        return self.root.parent / name


def images_listed(file: Path) -> ListedImages:
    """The images of a file of one path a line, in the order of their paths; each counts once.

    Raises:
        UsageError: it is no text.
    """
    try:
        if file.stat().st_size > MOST:
            raise ValueError(f"it has more than {MOST:,} bytes")
        lines = file.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        if any("\0" in line for line in lines):
            raise ValueError("it holds zero bytes")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"data.root={file} can't be read as a list ({first_line(error)}): give a text of one path a line"
        ) from error
    found = ListedImages(file)
    for name in sorted({PurePath(line.strip()) for line in lines if line.strip()}, key=PurePath.as_posix):
        found.add(name)
    return found
