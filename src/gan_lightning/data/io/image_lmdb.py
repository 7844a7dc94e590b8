"""The images in an LMDB database, such as LSUN's: a key and the content of an image file each."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.extras import import_extra
from gan_lightning.data.io.image_files import ImageFiles

MAGIC = (0xBEEFC0DE).to_bytes(4, "little")  # in the first page of a database
CONTENT = "data.mdb"


@dataclass
class StoredImages(ImageFiles):
    """The images in a database, `root`; `status` is their size and the database's time of change.

    Attributes:
        keys: of the images, in the order of their names.
        database: opened.
    """

    keys: dict[PurePath, bytes] = field(default_factory=dict)
    database: Any = None

    def open(self, number: int) -> BinaryIO:
        """The content of an image, by its number."""
        with self.database.begin() as transaction:
            return io.BytesIO(transaction.get(self.keys[self.names[number]]))


def is_lmdb(root: Path) -> bool:
    """True for the folder of a database, or its file."""
    file = root / CONTENT if os.path.isdir(root) else root
    if not os.path.isfile(file):
        return False
    try:
        with file.open("rb") as opened:
            return MAGIC in opened.read(32)
    except OSError:
        return False


def images_in_lmdb(root: Path) -> StoredImages:
    """The images in a database, in the order of their keys.

    Raises:
        UsageError: the package lmdb is missing, or it can't be read.
    """
    lmdb, folder = import_extra("lmdb", "lmdb"), os.path.isdir(root)
    try:
        changed = (root / CONTENT if folder else root).stat().st_mtime_ns
        database = _opened(root, changed)
        found = StoredImages(root, database=database)
        with database.begin() as transaction, transaction.cursor() as cursor:
            for key, value in cursor.iternext():
                name = PurePath(_name(key))
                found.names.append(name)
                found.status.append((len(value), changed))
                found.keys[name] = key
    except (OSError, lmdb.Error) as error:
        raise UsageError(
            f"data.root={root} can't be read as an LMDB database ({first_line(error)}): fetch it again"
        ) from error
    return found


@lru_cache  # a process must not open one twice
def _opened(root: Path, *_: int) -> Any:
    return import_extra("lmdb", "lmdb").open(
        str(root), subdir=os.path.isdir(root), readonly=True, lock=False, readahead=False
    )


def _name(key: bytes) -> str:
    """The key as text, where it can be a name; else its bytes in hexadecimal."""
    text = key.decode("ascii", "replace")
    path = PurePath(text)
    plain = text.isprintable() and "\ufffd" not in text and not path.is_absolute() and ".." not in path.parts
    return text if plain and path.as_posix() == text else key.hex()
