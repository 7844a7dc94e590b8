"""Tar archives of images, WebDataset's shards among them, read in place."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.data.io.archive_names import MOST, is_hidden
from gan_lightning.data.io.label_files import Labels

COMPRESSED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")
LABEL = ".cls"  # WebDataset's suffix of a member that holds the class of the sample of its name


class Member(NamedTuple):
    """A file in an archive.

    Attributes:
        name: in the archive.
        archive: that holds it.
        offset: of its content, in bytes.
        size: of its content, in bytes.
    """

    name: PurePosixPath
    archive: Path
    offset: int
    size: int

    def read(self) -> bytes:
        """The content.

        Raises:
            ValueError: the archive ends before it does.
        """
        with self.archive.open("rb") as file:
            file.seek(self.offset)
            content = file.read(self.size)
        if len(content) < self.size:
            raise ValueError("the archive ends too early")
        return content


def is_tar(root: Path) -> bool:
    """True for an archive, by its suffix."""
    return os.path.isfile(root) and root.name.lower().endswith((".tar", *COMPRESSED))


def tar_files(root: Path) -> list[Path]:
    """The archive at data.root; or those in a folder that has neither folders nor images beside them."""
    if not os.path.isdir(root):
        return [root] if is_tar(root) else []
    from gan_lightning.data.io.decode import suffixes  # loads Pillow

    try:
        entries = [entry for entry in os.scandir(root) if not entry.name.startswith(".")]
    except OSError:
        return []
    if any(entry.is_dir() or Path(entry.name).suffix.lower() in suffixes() for entry in entries):
        return []
    return sorted(path for path in map(Path, (entry.path for entry in entries)) if is_tar(path))


def members_of(root: Path, archive: Path) -> Iterator[Member]:
    """The regular files in an archive, hidden ones left out; of several with one name the last is there.

    Raises:
        UsageError: it is damaged or compressed.
    """
    if archive.name.lower().endswith(COMPRESSED):
        raise UsageError(f"data.root={root}: {archive.name} is compressed, and images are read in place: unpack it")
    try:
        with tarfile.open(archive, "r:") as opened:
            found = {PurePosixPath(member.name): member for member in opened if member.isreg()}
    except MemoryError:
        raise
    except Exception as error:  # the parser raises every kind
        where = f"data.root={root}" if root == archive else f"data.root={root}: {archive.name}"
        raise UsageError(f"{where} can't be read as a tar archive ({first_line(error)}): make it anew") from error
    for name, member in found.items():
        if not is_hidden(name):
            yield Member(name, archive, member.offset_data, member.size)


def key_of(name: PurePosixPath) -> str:
    """Files of one sample share their path up to the first dot of the name."""
    return (name.parent / name.name.partition(".")[0]).as_posix()


@lru_cache(maxsize=1)  # a config asks several times
def labels_in_tars(root: Path, files: tuple[tuple[Path, int, int], ...]) -> Labels | None:
    """The classes in members named *.cls; None if there are none.

    Args:
        root: of the data, for messages.
        files: the archives, with two numbers that change when they do.

    Raises:
        UsageError: they can't be read.
    """
    by_name = {}
    for archive, *_ in files:
        for member in members_of(root, archive):
            if member.name.suffix == LABEL:
                try:
                    if member.size > MOST:
                        raise ValueError("it is too long")
                    by_name[key_of(member.name)] = member.read().decode().strip()
                except (OSError, ValueError) as error:
                    raise UsageError(
                        f"data.root={root}: {member.name} in it can't be read as a class ({first_line(error)}): give "
                        "data.labels=FILE, or data.classes=0 for images without labels"
                    ) from error
    return Labels(f"the {LABEL} files in data.root={root}", by_name) if by_name else None
