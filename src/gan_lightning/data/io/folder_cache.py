"""A folder of images, decoded once into one .npy file of uint8 or uint16."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import UnidentifiedImageError
from pydantic import TypeAdapter

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.console import print_rank_zero, progress_bar
from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.file_lock import exclusive
from gan_lightning.data.io.abandoned import remove_abandoned
from gan_lightning.data.io.cache_manifest import DTYPES, Bits, CacheManifest
from gan_lightning.data.io.declared_shape import Shape
from gan_lightning.data.io.decode import Decoded, decode_any
from gan_lightning.data.io.deep_image import widen
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.value_range import Range, ValuesFound

VERSION = 4  # raise it when the format or the result of `decode_any` changes
AHEAD = 256  # images decoded before they are written
DEVICE = {errno.EIO, errno.ESTALE, errno.ENOMEM, errno.ENODEV, errno.ETIMEDOUT}  # faults of the disk, not of a file


class _MoreBits(Exception):
    """An image has more bits than the file that is being written."""


class FolderCache:
    """The decoded images of one folder, uint8 or uint16 [M, C, H, W] in their order.

    The file's name carries a digest of each image's relative path, size and time of change, of the shape and of the
    range of values, and its bits: a changed folder gets a new file. Old files are left where they are; any may be
    deleted when no run uses it.

    Attributes:
        path: of the file that `content` or `make` has found or made.

    Args:
        found: the images.
        shape: (channels, height, width) of the decoded images.
        home: folder of the file.
        value_range: black and white of images of more than 8 bits; None: by the file's type.
        bits: of a value; None: 16 if any image has more than 8, else 8.
    """

    path: Path

    def __init__(
        self,
        found: ImageFiles,
        shape: Shape,
        home: Path,
        value_range: Range | None = None,
        bits: Bits | None = None,
    ) -> None:
        self.found, self.shape, self.home, self.value_range, self.bits = found, shape, home, value_range, bits
        digest = hashlib.blake2b(repr((VERSION, shape, value_range)).encode(), digest_size=8)
        for image, status in zip(found.names, found.status, strict=True):
            digest.update(os.fsencode(image) + b"\0%d %d\n" % status)
        real = os.fsencode(Path(os.path.realpath(found.root)).name)
        self._name = f"{os.fsdecode(real[:60])}-{digest.hexdigest()}"  # the whole name has 255 bytes at most

    def content(self) -> CacheManifest | None:
        """The manifest of the finished file; None where there is none, or a damaged one."""
        for bits in (8, 16) if self.bits is None else (self.bits,):
            path = self._file(bits)
            try:
                content = TypeAdapter(CacheManifest).validate_json(_manifest(path).read_bytes())
                stored = np.lib.format.open_memmap(path, mode="r")
            except Exception:  # NumPy's parsers raise every kind, and a damaged cache is made again
                continue
            whole = stored.shape == (len(self.found.names), *self.shape) and stored.dtype == DTYPES[bits]
            wanted = content.bits == bits and (self.bits or content.native) == bits
            if wanted and whole and stored.flags.c_contiguous and content.is_of(len(self.found.names)):
                self.path = path
                return content
        return None

    def make(self) -> CacheManifest:
        """Decodes every file; the result replaces the cache file when it is complete.

        Of several processes that need the same, one decodes, and the others wait for it.

        Raises:
            UsageError: the disk is full or can't be written; a file can't be opened, or memory is short. These say
                nothing about an image, so nothing is kept.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            with exclusive(self.home / f".{self._name}.lock", self._tell_waiting):
                return self.content() or self._decode()  # another process may just have made it
        except OSError as error:
            raise UsageError(f"cannot keep decoded images in {self.home} ({error}): set data.cache=FOLDER") from error

    def _tell_waiting(self) -> None:
        print_rank_zero(f"another process decodes the images under {self.found.root}: waiting for it")

    def _decode(self) -> CacheManifest:
        print_rank_zero(f"decoding the {len(self.found.names)} images under {self.found.root}, once, into {self.home}")
        remove_abandoned(self.home)
        try:
            return self._make(self.bits or 8)
        except _MoreBits:
            return self._make(16)

    def _make(self, bits: Bits) -> CacheManifest:
        self.path = self._file(bits)
        with atomic_replace(self.path, shared=True, fsync=True) as beside:
            content = self._write(beside, bits)
        with atomic_replace(_manifest(self.path), shared=True, fsync=True) as beside:  # with it all is finished
            beside.write_text(json.dumps(asdict(content)))
        return content

    def _file(self, bits: Bits) -> Path:
        return self.home / f"{self._name}{'-16' if bits == 16 else ''}.npy"

    def readable(self, content: CacheManifest) -> list[int]:
        """The number in `found.names` of each row."""
        left_out = {number for number, _ in content.unreadable}
        return [number for number in range(len(self.found.names)) if number not in left_out]

    def faults(self, content: CacheManifest) -> list[str]:
        """ "name (reason)" of every image that can't be read."""
        names = [f"{self.found.names[number].as_posix()} ({reason})" for number, reason in content.unreadable]
        return sorted([*names, *self.found.faults])

    def _write(self, target: Path, bits: Bits) -> CacheManifest:
        content, values = CacheManifest(bits=bits, native=8), dict[str, ValuesFound]()
        shape = (len(self.found.names), *self.shape)
        header = {"descr": DTYPES[bits].str, "fortran_order": False, "shape": shape}
        numbers = range(len(self.found.names))
        with target.open("wb") as out:  # not a memory map: where the disk is full that kills the process
            np.lib.format.write_array_header_1_0(out, header)
            end = out.tell() + math.prod(shape) * DTYPES[bits].itemsize
            for number, image in zip(progress_bar(numbers, "decoding"), self._images(), strict=False):
                if isinstance(image, str):
                    content.unreadable.append((number, image))
                    continue
                planes = image.planes
                if planes.dtype != np.uint8:
                    content.native = 16
                    if bits == 8:
                        raise _MoreBits
                out.write((widen(planes) if planes.dtype == np.uint8 and bits == 16 else planes).tobytes())
                content.rows += 1
                if (one := image.values) is not None:
                    values[one.kind] = values[one.kind].merged(one) if one.kind in values else one
            out.truncate(end)
        content.values = list(values.values())
        content.native = None if self.bits == 8 and content.values else content.native
        return content

    def _images(self) -> Iterator[Decoded | str]:
        with warnings.catch_warnings(), ThreadPoolExecutor(available_cores()) as threads:
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
                return decode_any(stream, size, channels, self.value_range, self.bits != 8)
            except UnidentifiedImageError:
                return "cannot identify image file"
            except UsageError as error:
                raise UsageError(f"{file}: {error}") from error
            except Exception as error:  # Pillow's plugins raise every kind: OSError, SyntaxError, struct.error ...
                if isinstance(error, MemoryError) or getattr(error, "errno", None) in DEVICE:
                    raise _interrupted(file, error) from error
                return " ".join(str(error).split())[:200] or type(error).__name__


def _manifest(path: Path) -> Path:
    return path.with_name(path.stem + ".json")


def available_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _interrupted(file: Path, error: Exception) -> UsageError:
    reason = "out of memory" if isinstance(error, MemoryError) else getattr(error, "strerror", None) or str(error)
    return UsageError(f"decoding stopped at {file} ({reason}) and nothing was kept: mend that and start again")
