"""The label of samples as it is typed: a class by number or name, numbers, or a file of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import numpy as np
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.data.io.npy import array_in
from gan_lightning.nn.label_numbers import label_range
from gan_lightning.nn.labels import label_shape_of
from gan_lightning.sample.class_number import class_number
from gan_lightning.trained.generator import TrainedGenerator

Label = int | float | str | Sequence[float]  # as typed


def given_label(label: Label | None, trained: TrainedGenerator) -> int | Tensor | None:
    """The class, or the labels [n, k] of numbers, float32; None for None.

    Args:
        label: a class by number or name; numbers; or an .npy file of labels, one in each row.
        trained: the generator that takes it.

    Raises:
        UsageError: the generator takes other labels.
    """
    shape = label_shape_of(trained.generator)
    if label is None:
        return None
    if not shape:
        if isinstance(label, int | str):
            return class_number(label, trained.class_names)
        raise UsageError(f"label={name_of(label)}: this generator takes no numbers: give a class, by number or name")
    if len(shape) != 1:
        raise UsageError(
            f"label={name_of(label)}: this generator takes images as labels: leave it out, or use "
            "python -m gan_lightning.translate"
        )
    rows = _rows_of(label) if isinstance(label, str) else np.atleast_2d(np.array(label, dtype=np.float32))
    if rows.shape[1:] != shape or not len(rows) or not np.isfinite(rows).all():
        ends = label_range(trained.generator)
        known = "" if ends is None or shape[0] > 4 else f", from {_listed(ends[0])} to {_listed(ends[1])} in its data"
        raise UsageError(
            f"label={name_of(label)} holds {list(rows.shape[1:])} number(s): this generator takes {shape[0]}{known}"
        )
    return torch.from_numpy(rows)


def file_name_of(label: Label, labels: int | Tensor) -> str:
    """The label in the name of a file: a class by its number, a file of labels by its own name."""
    if isinstance(labels, int):
        return str(labels)
    return PurePath(label).stem if isinstance(label, str) else name_of(label)


def name_of(label: Label) -> str:
    """The label as it is typed."""
    if isinstance(label, str | int | float):
        return f"{label}"
    return ",".join(f"{number:g}" for number in label)


def _listed(numbers: Tensor) -> str:
    return f"[{','.join(f'{number:.4g}' for number in numbers.tolist())}]"


def _rows_of(label: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    file = given_path(label, "label")
    if file.suffix != ".npy" or not file.is_file():
        raise UsageError(f"label={label}: this generator takes numbers: type them, label=[1,2], or give an .npy file")
    stored = array_in(file, None, "label")
    if stored.dtype.kind not in "iubf":
        raise UsageError(f"label={label} holds {stored.dtype}, no numbers")
    return np.asarray(stored.reshape(len(stored), -1) if stored.ndim else stored.reshape(1, 1), dtype=np.float32)
