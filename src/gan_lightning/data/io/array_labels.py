"""Labels of the samples in an array file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.data.io.array_layout import Array
from gan_lightning.data.io.label_arrays import LabelKind, label_column, label_numbers, sorted_classes
from gan_lightning.data.io.label_files import LabelFile
from gan_lightning.data.io.npy import array_in, find_array_file, is_npy, label_member


def array_labels(
    file: Path, key: str | None, label_key: str | None, labels: str | None, kind: LabelKind | None = None
) -> tuple[list[str], Array] | None:
    """The classes, and the class of each sample, int64 [N]; or no classes, and the numbers of each, float32 [N, k].

    None where there are no labels.

    Args:
        file: of the samples.
        key: of the samples in an .npz file.
        label_key: of the labels in it; None: those that belong to the samples by their names, if there are any.
        labels: an .npy file of labels instead.
        kind: "classes" or "numbers"; None: whole numbers in one column and one-hot rows are classes.

    Raises:
        UsageError: what is named holds no labels.
    """
    if labels is not None:
        if (numbers := _numbers_in(labels, kind)) is not None:
            return [], numbers
        column = np.array(LabelFile(labels, "classes").labels_in_order())
    else:
        name = label_key or label_member(file, key)
        if name is None:
            return None
        stored = array_in(file, name, "data.label_key")
        if (numbers := label_numbers(stored, kind)) is not None:
            return [], numbers
        try:
            column = label_column(stored).astype(str)
        except ValueError as error:
            if label_key is None:
                return None
            raise UsageError(f"data.label_key={label_key} of {file}: {error}") from error
    unique, places_of = np.unique(column, return_inverse=True)
    names = sorted_classes(unique.tolist())
    places = np.array([names.index(name) for name in unique.tolist()], dtype=np.int64)
    return names, places[places_of.reshape(-1)]


def _numbers_in(labels: str, kind: LabelKind | None) -> Array | None:
    file = given_path(labels, "data.labels")
    if file.suffix.lower() != ".npy" or not file.is_file() or not is_npy(file):
        return None
    numbers: Array | None = label_numbers(array_in(file, None, "data.labels"), kind)
    return numbers


def array_classes(
    path: str | None,
    key: str | None = None,
    label_key: str | None = None,
    labels: str | None = None,
    kind: LabelKind | None = None,
) -> int:
    """`${array_classes:${data.path},${data.key},${data.label_key},${data.labels}}`: the number of classes, or 0."""
    found = array_labels(find_array_file(path), key, label_key, labels, kind)
    return 0 if found is None else len(found[0])


def array_label_shape(
    path: str | None,
    key: str | None = None,
    label_key: str | None = None,
    labels: str | None = None,
    kind: LabelKind | None = None,
) -> list[int] | None:
    """`${array_label_shape:...}`, as `array_classes`: [k] for labels of k numbers, else null."""
    found = array_labels(find_array_file(path), key, label_key, labels, kind)
    return None if found is None or found[0] else list(found[1].shape[1:])
