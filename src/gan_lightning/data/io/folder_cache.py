"""A folder of images, decoded once into one .npy file of uint8."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import socket
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from PIL import UnidentifiedImageError
from pydantic import TypeAdapter

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.data.io.declared_shape import Shape
from gan_lightning.data.io.decode import Decoded, decode_any
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.value_range import Range, ValuesFound

VERSION = 2  # raise it when the format or the result of `decode_any` changes
AHEAD = 256  # images decoded before they are written
DEVICE = {errno.EIO, errno.ESTALE, errno.ENOMEM, errno.ENODEV, errno.ETIMEDOUT}  # faults of the disk, not of a file


@dataclass
class CacheManifest:
    """Contents of a finished cache file.

    Attributes:
        rows: number of images; the file has rows for all files, the last ones unused.
        unreadable: (number in `ImageFiles.names`, reason) of those that could not be decoded, in order.
        values: for each kind of more than 8 bits, the values found.
    """

    rows: int = 0
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    values: list[ValuesFound] = field(default_factory=list)

    def is_of(self, files: int) -> bool:
        """True if it can be that of a folder with so many files."""
        numbers = [number for number, _ in self.unreadable]
        return self.rows + len(numbers) == files and numbers == sorted(set(numbers) & set(range(files)))


class FolderCache:
    """The decoded images of one folder, uint8 [M, C, H, W] in their order.

    The file's name carries a digest of each image's relative path, size and time of change, of the shape and of the
    range of values: a changed folder gets a new file. Old files are left where they are; any may be deleted when no run
    uses it.

    Args:
        found: the images.
        shape: (channels, height, width) of the decoded images.
        home: folder of the file.
        value_range: black and white of images of more than 8 bits; None: by the file's type.
    """

    def __init__(self, found: ImageFiles, shape: Shape, home: Path, value_range: Range | None = None) -> None:
        self.found, self.shape, self.value_range = found, shape, value_range
        digest = hashlib.blake2b(repr((VERSION, shape, value_range)).encode(), digest_size=8)
        for image, status in zip(found.names, found.status, strict=True):
            digest.update(os.fsencode(image) + b"\0%d %d\n" % status)
        name = os.fsdecode(
            os.fsencode(Path(os.path.realpath(found.root)).name)[:60]
        )  # the whole name has 255 bytes at most
        self.path = home / f"{name}-{digest.hexdigest()}.npy"
        self._manifest = self.path.with_name(self.path.stem + ".json")

    def content(self) -> CacheManifest | None:
        """The manifest of the finished file; None where there is none, or a damaged one."""
        try:
            content = TypeAdapter(CacheManifest).validate_json(self._manifest.read_bytes())
            stored = np.lib.format.open_memmap(self.path, mode="r")
        except Exception:  # NumPy's parsers raise every kind, and a damaged cache is made again
            return None
        whole = stored.shape == (len(self.found.names), *self.shape) and stored.dtype == np.uint8
        return content if whole and stored.flags.c_contiguous and content.is_of(len(self.found.names)) else None

    def make(self) -> CacheManifest:
        """Decodes every file; the result replaces the cache file when it is complete.

        Raises:
            UsageError: the disk is full or can't be written; a file can't be opened, or memory is short. These say
                nothing about an image, so nothing is kept.
        """
        print_rank_zero(f"decoding the {len(self.found.names)} images under {self.found.root}, once, into {self.path}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(self.path.parent)
            with atomic_replace(self.path, shared=True, fsync=True) as beside:
                content = self._write(beside)
            with atomic_replace(self._manifest, shared=True, fsync=True) as beside:  # with it the cache is finished
                beside.write_text(json.dumps(asdict(content)))
        except OSError as error:
            raise UsageError(
                f"cannot keep decoded images in {self.path.parent} ({error}): set data.cache=FOLDER"
            ) from error
        return content

    def readable(self, content: CacheManifest) -> list[int]:
        """The number in `found.names` of each row."""
        left_out = {number for number, _ in content.unreadable}
        return [number for number in range(len(self.found.names)) if number not in left_out]

    def faults(self, content: CacheManifest) -> list[str]:
        """ "name (reason)" of every image that can't be read."""
        names = [f"{self.found.names[number].as_posix()} ({reason})" for number, reason in content.unreadable]
        return sorted([*names, *self.found.faults])

    def _write(self, target: Path) -> CacheManifest:
        content = CacheManifest()
        values: dict[str, ValuesFound] = {}
        shape = (len(self.found.names), *self.shape)
        with target.open("wb") as out:  # not a memory map: where the disk is full that kills the process
            np.lib.format.write_array_header_1_0(out, {"descr": "|u1", "fortran_order": False, "shape": shape})
            end = out.tell() + math.prod(shape)
            for number, image in enumerate(self._images()):
                if isinstance(image, str):
                    content.unreadable.append((number, image))
                    continue
                out.write(image.planes.tobytes())
                content.rows += 1
                if (one := image.values) is not None:
                    values[one.kind] = values[one.kind].merged(one) if one.kind in values else one
            out.truncate(end)
        content.values = list(values.values())
        return content

    def _images(self) -> Iterator[Decoded | str]:
        with warnings.catch_warnings(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
            warnings.simplefilter("ignore")  # Pillow's, on odd metadata
            numbers = range(len(self.found.names))
            for first in range(0, len(numbers), AHEAD):
                yield from threads.map(self._attempt, numbers[first : first + AHEAD])

    def _attempt(self, number: int) -> Decoded | str:
        """The image, or the reason why it can't be decoded."""
        channels, *size = self.shape
        file = self.found.path(self.found.names[number])
        try:
            stream = self.found.open(number)
        except (OSError, MemoryError) as error:
            raise _interrupted(file, error) from error
        except Exception as error:  # zipfile raises every kind, for a damaged member
            return first_line(error)[:200]
        with stream:
            try:
                return decode_any(stream, size, channels, self.value_range)
            except UnidentifiedImageError:
                return "cannot identify image file"
            except Exception as error:  # Pillow's plugins raise every kind: OSError, SyntaxError, struct.error ...
                if isinstance(error, MemoryError) or getattr(error, "errno", None) in DEVICE:
                    raise _interrupted(file, error) from error
                return " ".join(str(error).split())[:200] or type(error).__name__


def _interrupted(file: Path, error: Exception) -> UsageError:
    reason = "out of memory" if isinstance(error, MemoryError) else getattr(error, "strerror", None) or str(error)
    return UsageError(f"decoding stopped at {file} ({reason}) and nothing was kept: mend that and start again")


def _remove_abandoned(home: Path) -> None:
    """Removes unfinished files of processes of this machine that were killed."""
    for file in list(os.scandir(home)):
        owner = file.name.removesuffix(".writing").rpartition(".")
        mine = file.name.startswith(".") and file.name.endswith(".writing") and owner[2].isdigit()
        if mine and owner[0].endswith(f".{socket.gethostname()}") and not _alive(int(owner[2])):
            with suppress(OSError):
                os.unlink(file.path)


def _alive(process: int) -> bool:
    if os.name != "posix":  # there os.kill would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
