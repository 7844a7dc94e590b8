"""Moments of features in pytorch-fid's .npz files."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional.moments import Moments


class StoredMoments(NamedTuple):
    """Moments of a file.

    Attributes:
        moments: of the features; where the number of samples is not known, it counts as one more than the features.
        n: number of samples; None: not known.
        name: of the file, with a hash of the content.
    """

    moments: Moments
    n: int | None
    name: str


def has_moments(path: Path) -> bool:
    """True for an .npz file with the arrays `mu` and `sigma`."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return {"mu.npy", "sigma.npy"} <= set(archive.namelist())
    except Exception:  # a damaged archive, which is reported where samples are read
        return False


def read_moments(path: Path) -> StoredMoments:
    """Reads `mu` [d] and `sigma` [d, d] (the unbiased covariance); the number of samples is `n`, if it is there.

    Raises:
        UsageError: the file is damaged, or holds other shapes, NaN or infinity.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            mean, covariance = (torch.from_numpy(np.asarray(file[key], dtype=np.float64)) for key in ("mu", "sigma"))
            n = int(file["n"]) if "n" in file.files else None
        moments = Moments.of_gaussian(mean, covariance, n or max(len(mean) + 1, 2))
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    except Exception as error:  # the parsers of NumPy and zipfile raise every kind
        raise UsageError(f"{path} can't be read as moments: give an .npz file with mu and sigma") from error
    return StoredMoments(moments, n, f"{path.name} {hashlib.blake2b(path.read_bytes(), digest_size=4).hexdigest()}")


def write_moments(path: Path, moments: Moments) -> None:
    """Writes `mu`, `sigma` and `n`, whole or not at all; pytorch-fid reads the first two."""
    arrays = {"mu": moments.mean.numpy(), "sigma": moments.covariance.numpy(), "n": np.array(moments.count)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_replace(path) as beside, beside.open("wb") as opened:
            np.savez(opened, allow_pickle=False, **arrays)
    except OSError as error:
        raise UsageError(f"save_moments={path} can't be written: {error}") from error
