"""Labels of the samples in an array file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.array_layout import Array
from gan_lightning.data.io.label_files import LabelFile, label_column, sorted_classes
from gan_lightning.data.io.npy import array_in, find_array_file, label_member


def array_labels(
    file: Path, key: str | None, label_key: str | None, labels: str | None
) -> tuple[list[str], Array] | None:
    """The classes, and the class of each sample, int64 [N]; None where there are no labels.

    Args:
        file: of the samples.
        key: of the samples in an .npz file.
        label_key: of the labels in it; None: those that belong to the samples by their names, if there are any.
        labels: an .npy file of labels instead.

    Raises:
        UsageError: what is named holds no labels.
    """
    if labels is not None:
        column = np.array(LabelFile(labels).labels_in_order())
    else:
        name = label_key or label_member(file, key)
        if name is None:
            return None
        stored = array_in(file, name, "data.label_key")
        try:
            column = label_column(stored).astype(str)
        except ValueError as error:
            if label_key is None:
                return None
            raise UsageError(f"data.label_key={label_key} of {file}: {error}") from error
    unique, numbers = np.unique(column, return_inverse=True)
    names = sorted_classes(unique.tolist())
    places = np.array([names.index(name) for name in unique.tolist()], dtype=np.int64)
    return names, places[numbers.reshape(-1)]


def array_classes(
    path: str | None, key: str | None = None, label_key: str | None = None, labels: str | None = None
) -> int:
    """`${array_classes:${data.path},${data.key},${data.label_key},${data.labels}}`: the number of classes, or 0."""
    found = array_labels(find_array_file(path), key, label_key, labels)
    return 0 if found is None else len(found[0])
