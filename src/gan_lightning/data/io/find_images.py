"""The images of data.root: of a folder, of archives, of a database, or of a list."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few
from gan_lightning.core.given_path import given_path
from gan_lightning.data.io.image_files import ImageFiles, images_in
from gan_lightning.data.io.image_list import images_listed
from gan_lightning.data.io.image_lmdb import images_in_lmdb, is_lmdb
from gan_lightning.data.io.image_tar import images_in_tars
from gan_lightning.data.io.image_zip import images_in_zip
from gan_lightning.data.io.tar_files import is_tar, tar_files
from gan_lightning.data.io.zip_file import is_zip

LISTS = (".txt", ".lst")
TAKES = "give a folder of images, a .zip or .tar of them, an LMDB, or a .txt list of their paths"


def find_root(root: str | None, key: str = "data.root") -> Path:
    """The path as one that exists; `key` is named in errors.

    Raises:
        UsageError: none is given, there is none, or it is a file of another kind.
    """
    if root is None:
        raise UsageError(f"{key} is not set: give a folder of images, {key}=FOLDER")
    found = given_path(root, key)
    if os.path.isdir(found):  # Path.is_dir raises for a name that is too long
        return found
    if not os.path.isfile(found):
        raise UsageError(f"{key}={root} is not a folder: {TAKES}, {key}=FOLDER")
    if not any(kind(found) for kind in (is_zip, is_tar, is_lmdb)) and found.suffix.lower() not in LISTS:
        raise UsageError(f"{key}={root} is a file, not a folder: {TAKES}, {key}=FOLDER")
    return found


def find_images(root: Path) -> ImageFiles:
    """The images under a root that `find_root` has found.

    Raises:
        UsageError: it can't be read, or holds no images.
    """
    found = _reader(root)(root)
    if not found.names:
        others = few([*found.faults, *([found.others_shown()] if found.others else [])])
        raise UsageError(
            f"data.root={root} holds no images (files such as .jpeg, .png, .tiff, .webp) that can be opened"
            f"{', but ' + others if others else ''}"
        )
    return found


def _reader(root: Path) -> Callable[[Path], ImageFiles]:
    if is_lmdb(root):
        return images_in_lmdb
    if tar_files(root):
        return images_in_tars
    return images_in if os.path.isdir(root) else images_in_zip if is_zip(root) else images_listed
