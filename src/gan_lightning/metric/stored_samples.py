"""Samples of a folder of images or of an array file, each of its own size, to be scored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.few import few
from gan_lightning.data.array_samples import array_to_samples
from gan_lightning.data.io.decode import in_eight_bits
from gan_lightning.data.io.foreign_file import remedy_for
from gan_lightning.data.io.image_files import ImageFiles, images_in


class StoredSamples:
    """The images under a folder, as RGB and not resized, or the samples of an .npy or .npz file.

    Images are converted to RGB by Pillow as in pytorch-fid and torch-fidelity: no rotation by EXIF, transparency is
    dropped; grey of more than 8 bits is scaled to 8.

    Args:
        path: of the folder or file.

    Raises:
        UsageError: there is none, or no samples.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        found = images_in(path) if path.is_dir() else ImageFiles(path)
        if found.faults:
            raise UsageError(f"of the images under {path} these can't be opened: {few(found.faults, 3)}; remove them")
        self._files = found.files
        self._rows = None if path.is_dir() else array_to_samples(_array(path), str(path))
        if not len(self):
            raise UsageError(f"{path} holds no samples: give a folder of images, or an .npy or .npz file of samples")

    def __len__(self) -> int:
        return len(self._files) if self._rows is None else len(self._rows)

    @property
    def images(self) -> bool:
        """True for images, False for points."""
        return self._rows is None or self._rows.dim() == 4

    @property
    def name(self) -> str:
        """The folder's or file's name with a hash of the content."""
        digest = hashlib.blake2b(digest_size=4)
        for file in self._files or [self.path]:
            digest.update(hashlib.blake2b(file.read_bytes(), digest_size=16).digest())
        return f"{self.path.name} {digest.hexdigest()}"

    def parts(self, numbers: Tensor, size: int) -> Iterator[Tensor]:
        """The samples of these numbers in their order, at most `size` at a time, of one shape each; at least one part.

        Raises:
            UsageError: an image can't be read.
        """
        if self._rows is not None:
            yield from (self._rows[part] for part in torch.split(numbers, size))
            return
        batch: list[Tensor] = []
        for number in numbers.tolist():
            image = _decode(self._files[number])
            if batch and (len(batch) == size or batch[0].shape != image.shape):
                yield torch.stack(batch)
                batch = []
            batch.append(image)
        if batch:
            yield torch.stack(batch)


def _decode(file: Path) -> Tensor:
    try:
        with Image.open(file) as image:
            pixels = np.asarray(in_eight_bits(image).convert("RGB"))
    except Exception as error:  # of whatever kind Pillow raises
        raise UsageError(
            f"{file} can't be read as an image ({first_line(error)}): take it out of the folder"
        ) from error
    return torch.from_numpy(np.require(pixels.transpose(2, 0, 1), requirements=["C", "W"]))


def _array(path: Path) -> np.ndarray:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            if len(loaded.files) != 1:
                held = few(loaded.files) or "none"
                raise UsageError(f"{path} holds the arrays {held}: give a file with a single one")
            return np.asarray(loaded[loaded.files[0]])
    except (UsageError, MemoryError):
        raise
    except Exception as error:  # the parsers of NumPy and zipfile raise every kind
        raise UsageError(
            f"{path} can't be read as a folder of images, .npy or .npz file ({first_line(error)}); {remedy_for(path)}"
        ) from error
