"""Arrays in .npy, .npz and .pt files: their shape, from the header alone, and their content."""

from __future__ import annotations

import math
import os
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.few import MOST, few
from gan_lightning.core.given_path import given_path
from gan_lightning.data.io.array_layout import Array, Layout, sample_shape
from gan_lightning.data.io.declared_shape import Shape
from gan_lightning.data.io.foreign_file import remedy_for
from gan_lightning.data.io.torch_file import is_torch_file, tensors_in, to_array

ARRAY = ".npy"  # suffix of the members of an .npz file
# Names of samples and of their labels in the .npz files of Keras, MedMNIST and others.
LABELS_OF = {"x_train": "y_train", "train_images": "train_labels", "images": "labels"}


def find_array_file(path: str | None) -> Path:
    """The path as a file that exists.

    Raises:
        UsageError: none is given, or there is none.
    """
    if path is None:
        raise UsageError("data.path is not set: give an .npy, .npz or .pt file of images or points, data.path=FILE")
    file = given_path(path, "data.path")
    if os.path.isdir(file):
        raise UsageError(f"data.path={path} is a folder: for images in it data=image_folder data.root={path}")
    if not os.path.isfile(file):  # Path.is_file raises for a name that is too long
        raise UsageError(f"data.path={path} is not a file: give an .npy, .npz or .pt file of images or points")
    return file


def is_npy(file: Path) -> bool:
    """True for a single array, which can be mapped; False for an archive of arrays and for a file of torch."""
    return not zipfile.is_zipfile(file) and not is_torch_file(file)


def member(file: Path, key: str | None, named: str = "data.key") -> str | None:
    """The name of the array in a file of several: `key`, or the only one, or one of `LABELS_OF` with labels beside it.

    None for a file of a single array, which has no names.

    Raises:
        UsageError: there is no such name, there are several, or a key is given for a single array.
    """
    names = _names(file)
    if names is None:
        if key is not None:
            raise UsageError(
                f"{named}={key} names an array of an .npz file, but {file} is a single array: leave it out"
            )
        return None
    if key is None and len(names) == 1:
        return names[0]
    if key is None and (known := [name for name, labels in LABELS_OF.items() if {name, labels} <= set(names)]):
        return known[0]
    if key is None:
        raise UsageError(f"{file} holds {len(names):,} arrays: choose one with {named}={few(names, separator='|')}")
    if key not in names:
        hint = did_you_mean(key, names) if len(names) <= MOST else f"it holds {few(names)}"
        raise UsageError(f"{named}={key} is not in {file}: {hint}")
    return key


def label_member(file: Path, key: str | None) -> str | None:
    """The name of the labels that belong to the samples of `member`, by `LABELS_OF`; None where there are none."""
    name = LABELS_OF.get(member(file, key) or "")
    return name if name in (_names(file) or ()) else None


def _names(file: Path) -> list[str] | None:
    """The names of the arrays in a file, at least one; None where it is a single one without a name."""
    if is_torch_file(file):
        tensors = tensors_in(file)
        return None if None in tensors else [name for name in tensors if name is not None]
    if not zipfile.is_zipfile(file):
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            inside = archive.namelist()
    except Exception as error:
        raise _broken(file, error) from error
    names = [name.removesuffix(ARRAY) for name in inside if name.endswith(ARRAY)]
    if not names:
        raise UsageError(
            f"{file} is an archive without arrays: it holds {few(inside, 3) or 'nothing'}; {remedy_for(file, inside)}"
        )
    return names


def header(file: Path, key: str | None, named: str = "data.key") -> tuple[Shape, np.dtype[np.generic]]:
    """Shape and type of the array, without reading it.

    Raises:
        UsageError: the file is damaged or isn't of this kind.
    """
    name = member(file, key, named)
    if is_torch_file(file):
        array = to_array(tensors_in(file)[name], str(file))
        return array.shape, array.dtype
    try:
        if name is None:
            with file.open("rb") as stream:
                return _header(stream, file.stat().st_size)
        with zipfile.ZipFile(file) as archive, archive.open(f"{name}{ARRAY}") as stream:
            return _header(stream, archive.getinfo(f"{name}{ARRAY}").file_size)
    except Exception as error:  # the parsers of NumPy and zipfile raise every kind
        raise _broken(file, error) from error


def array_in(file: Path, key: str | None, named: str = "data.key") -> Array:
    """The array, in memory; pickled objects are never loaded; `named` is the config's key of `key`.

    Raises:
        UsageError: the file is damaged or isn't of this kind.
        MemoryError: it is larger than the memory.
    """
    header(file, key, named)
    name = member(file, key, named)
    if is_torch_file(file):
        return to_array(tensors_in(file)[name], str(file))
    try:
        if name is None:
            return np.asarray(np.load(file, allow_pickle=False))
        with np.load(file, allow_pickle=False) as archive:
            return np.asarray(archive[name])
    except MemoryError:
        raise
    except Exception as error:
        raise _broken(file, error) from error


def _header(stream: IO[bytes], size: int) -> tuple[Shape, np.dtype[np.generic]]:
    """Shape and type; `size`: bytes of the whole file, which must hold what the header says."""
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    version = np.lib.format.read_magic(stream)
    if version not in read:
        raise ValueError(f"version {version} of the format, which plain numbers don't need")
    shape, _, dtype = read[version](stream)
    if any(length < 0 for length in shape):
        raise ValueError(f"its header says shape {list(shape)}")
    needed, held = math.prod(shape) * dtype.itemsize, size - stream.tell()
    if needed > held and not dtype.hasobject:
        raise ValueError(f"its header says {needed:,} bytes, shape {list(shape)}, but it holds {held:,}")
    return tuple(shape), dtype


def _broken(file: Path, error: Exception) -> UsageError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return UsageError(f"{file} can't be read as an .npy or .npz file: {reason}; {remedy_for(file)}")


def array_shape(path: str | None, key: str | None = None, layout: Layout | None = None) -> list[int]:
    """`${array_shape:${data.path},${data.key},${data.layout}}` in a config: the shape of one sample in the file."""
    file = find_array_file(path)
    return list(sample_shape(header(file, key)[0], str(file), layout, "data.layout"))
