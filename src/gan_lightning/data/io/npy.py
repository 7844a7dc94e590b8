"""Arrays in .npy and .npz files: their shape, from the header alone, and their content."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.data.io.array_layout import Array, sample_shape
from gan_lightning.data.io.declared_shape import Shape

BROKEN = (OSError, ValueError, EOFError, zipfile.BadZipFile)


def find_array_file(path: str | None) -> Path:
    """The path as a file that exists.

    Raises:
        UsageError: none is given, or there is none.
    """
    if path is None:
        raise UsageError("data.path is not set: give an .npy or .npz file of images or points, data.path=FILE")
    file = Path(path).expanduser()
    if not file.is_file():
        raise UsageError(f"data.path={path} is not a file: give an .npy or .npz file of images or points")
    return file


def is_npz(file: Path) -> bool:
    """True for an archive of arrays, False for a single array."""
    return zipfile.is_zipfile(file)


def member(file: Path, key: str | None) -> str | None:
    """The name of the array in an .npz file: `key`, or the only one; None for an .npy file, which has no names.

    Raises:
        UsageError: there is no such name, there are several, or a key is given for an .npy file.
    """
    if not is_npz(file):
        if key is not None:
            raise UsageError(
                f"data.key={key} names an array of an .npz file, but {file} is a single array: leave it out"
            )
        return None
    with zipfile.ZipFile(file) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
    if key is None and len(names) == 1:
        return names[0]
    if key is None:
        raise UsageError(f"{file} holds {len(names)} arrays: choose one with data.key={'|'.join(names)}")
    if key not in names:
        raise UsageError(f"data.key={key} is not in {file}: {did_you_mean(key, names)}")
    return key


def header(file: Path, key: str | None) -> tuple[Shape, np.dtype[np.generic]]:
    """Shape and type of the array, without reading it.

    Raises:
        UsageError: the file is damaged or isn't of this kind.
    """
    name = member(file, key)
    try:
        if name is None:
            with file.open("rb") as stream:
                return _header(stream)
        with zipfile.ZipFile(file) as archive, archive.open(f"{name}.npy") as stream:
            return _header(stream)
    except BROKEN as error:
        raise UsageError(f"{file} can't be read as an .npy or .npz file: {error}") from error


def array_in(file: Path, key: str | None) -> Array:
    """The array, in memory; pickled objects are never loaded.

    Raises:
        UsageError: the file is damaged or isn't of this kind.
    """
    name = member(file, key)
    try:
        loaded = np.load(file, allow_pickle=False)
        return np.asarray(loaded if name is None else loaded[name])
    except BROKEN as error:
        raise UsageError(f"{file} can't be read as an .npy or .npz file: {error}") from error


def _header(stream: IO[bytes]) -> tuple[Shape, np.dtype[np.generic]]:
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    version = np.lib.format.read_magic(stream)
    if version not in read:
        raise ValueError(f"version {version} of the format, which plain numbers don't need")
    shape, _, dtype = read[version](stream)
    return tuple(shape), dtype


def array_shape(path: str | None, key: str | None = None) -> list[int]:
    """`${array_shape:${data.path},${data.key}}` in a config: the shape of one sample in the file."""
    file = find_array_file(path)
    return list(sample_shape(header(file, key)[0], str(file)))
