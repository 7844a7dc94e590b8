"""Arrays of labels: classes, or numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from gan_lightning.core.errors import UsageError

LabelKind = Literal["classes", "numbers"]


def sorted_classes(labels: Iterable[str]) -> list[str]:
    """Distinct labels: by number if all of them are whole numbers, else alphabetically."""
    found = sorted(set(labels))
    numbers = all(name.isascii() and name.isdigit() for name in found)
    return sorted(found, key=int) if numbers else found


def label_column(labels: Any) -> Any:
    """An array of labels [N], [N, 1] or one-hot [N, classes] as [N].

    Raises:
        ValueError: it is none of these, or holds other than whole numbers or text.
    """
    if (
        labels.ndim == 2
        and labels.shape[1] > 1
        and ((labels == 0) | (labels == 1)).all()
        and (labels.sum(1) == 1).all()
    ):
        return labels.argmax(1)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 1 and labels.dtype.kind == "f" and (labels == labels.round()).all():
        labels = labels.astype(np.int64)
    if labels.ndim != 1 or labels.dtype.kind not in "iubUS" or not labels.size:
        raise ValueError(f"labels of {labels.dtype} and shape {list(labels.shape)} are not one class for each sample")
    return np.char.decode(labels, "utf-8") if labels.dtype.kind == "S" else labels


def label_numbers(labels: Any, kind: LabelKind | None = None) -> Any | None:
    """An array of labels of numbers, [N] or [N, k], as float32 [N, k]; None for classes and for anything else.

    Args:
        labels: the array.
        kind: "numbers" for whole numbers in one column, too; None: these are classes, see `label_column`.

    Raises:
        UsageError: some are not finite.
    """
    if kind == "classes" or labels.ndim not in (1, 2) or labels.dtype.kind not in "iubf" or not labels.size:
        return None
    if kind is None:
        try:
            label_column(labels)
        except ValueError:
            pass
        else:
            return None
    numbers = labels.reshape(len(labels), -1).astype(np.float32)
    if not np.isfinite(numbers).all():
        raise UsageError("the labels hold NaN or infinity: take those samples out")
    return numbers
