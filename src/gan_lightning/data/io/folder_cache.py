"""A folder of images, decoded once into one .npy file of uint8."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.declared_shape import Shape
from gan_lightning.data.io.decode import decode

VERSION = 1  # raise it when the format or the result of `decode` changes
SUFFIXES = frozenset(
    f".{kind}"
    for kind in (
        "avif",
        "bmp",
        "gif",
        "jp2",
        "jpeg",
        "jpg",
        "pbm",
        "pgm",
        "png",
        "pnm",
        "ppm",
        "tga",
        "tif",
        "tiff",
        "webp",
    )
)
AHEAD = 1024  # images decoded before the first of them is written


@dataclass
class CacheManifest:
    """Contents of a cache file.

    Attributes:
        rows: number of its rows that hold images, the first ones.
        unreadable: files that could not be decoded, "name (reason)".
    """

    rows: int = 0
    unreadable: list[str] = field(default_factory=list)


def images_in(root: Path) -> list[Path]:
    """Image files (by their suffix) anywhere under `root`, in the order of their relative paths.

    Symbolic links are followed, each folder is visited once; hidden files and folders are left out.
    """
    found: list[Path] = []
    visited: set[str] = set()
    for folder, inner, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in visited:
            inner.clear()
            continue
        visited.add(real)
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        visible = (Path(folder, name) for name in names if not name.startswith("."))
        found += [path for path in visible if path.suffix.lower() in SUFFIXES]
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())


class FolderCache:
    """The decoded images of one folder, uint8 [M, C, H, W] in the order of `images_in`.

    The file's name carries a digest of each image's relative path, size and time of change and of the shape: a changed
    folder gets a new file. Old files are left where they are; any may be deleted when no run uses it.

    Args:
        root: the folder of images.
        shape: (channels, size, size) of the decoded images.
        home: folder of the file.
    """

    def __init__(self, root: Path, shape: Shape, home: Path) -> None:
        self.root, self.shape, self.files = root, shape, images_in(root)
        digest = hashlib.blake2b(repr((VERSION, shape)).encode(), digest_size=8)
        for file in self.files:
            status = file.stat()
            digest.update(os.fsencode(file.relative_to(root)) + b"\0%d %d\n" % (status.st_size, status.st_mtime_ns))
        self.path = home / f"{root.resolve().name}-{digest.hexdigest()}.npy"
        self._manifest = self.path.with_suffix(".json")

    def content(self) -> CacheManifest | None:
        """The manifest of the finished file; None where there is none, or a damaged one."""
        try:
            content = CacheManifest(**json.loads(self._manifest.read_text()))
            stored = np.load(self.path, mmap_mode="r")
        except (OSError, ValueError, TypeError, EOFError):
            return None
        return content if stored.shape == (len(self.files), *self.shape) and stored.dtype == np.uint8 else None

    def make(self) -> CacheManifest:
        """Decodes every file; the result replaces the cache file when it is complete.

        Raises:
            UsageError: the disk is full or can't be written.
        """
        print_rank_zero(f"decoding the {len(self.files)} images under {self.root}, once, into {self.path}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_replace(self.path, shared=True) as beside:
                content = self._write(beside)
            with atomic_replace(self._manifest, shared=True) as beside:  # only with it the cache counts as finished
                beside.write_text(json.dumps(asdict(content)))
        except OSError as error:
            raise UsageError(
                f"cannot keep decoded images in {self.path.parent} ({error}): set data.cache=FOLDER"
            ) from error
        return content

    def _write(self, target: Path) -> CacheManifest:
        content = CacheManifest()
        rows = np.lib.format.open_memmap(target, "w+", np.uint8, (len(self.files), *self.shape))
        for file, image in self._images():
            if isinstance(image, Exception):
                reason = " ".join(str(image).split()) or type(image).__name__
                content.unreadable.append(f"{file.relative_to(self.root).as_posix()} ({reason})")
            else:
                rows[content.rows] = image
                content.rows += 1
        rows.flush()
        return content

    def _images(self) -> Iterator[tuple[Path, npt.NDArray[Any] | Exception]]:
        channels, size, _ = self.shape

        def attempt(file: Path) -> npt.NDArray[Any] | Exception:
            try:
                return decode(file, size, channels)
            except Exception as error:  # Pillow's plugins raise every kind: OSError, SyntaxError, struct.error ...
                return error

        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
            for first in range(0, len(self.files), AHEAD):
                files = self.files[first : first + AHEAD]
                yield from zip(files, threads.map(attempt, files), strict=True)
