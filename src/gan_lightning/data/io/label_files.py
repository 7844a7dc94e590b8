"""Labels of image files in a file of their own: .csv, StyleGAN's dataset.json, or .npy."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any, Literal

import numpy as np

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.few import few
from gan_lightning.core.given_path import given_path
from gan_lightning.data.io.npy import array_in, is_npy

FILE_COLUMNS = {"file", "filename", "file_name", "image", "path", "name", "id"}
LabelKind = Literal["classes", "numbers"]
TAKES = "a .csv of file,label, a dataset.json, or an .npy of one label for each image in the order of their paths"


class Labels:
    """The labels of images.

    Args:
        where: they are from, for messages.
        by_name: file name → label; names are relative paths, names, or names without suffix.
        in_order: labels in the order of the images instead.
    """

    def __init__(self, where: str, by_name: dict[str, str], in_order: Sequence[str] = ()) -> None:
        self.where, self.by_name, self.in_order = where, by_name, list(in_order)

    @property
    def names(self) -> list[str]:
        """The classes, in the order of their numbers."""
        return sorted_classes([*self.by_name.values(), *self.in_order])

    def labels_of(self, files: Sequence[PurePath]) -> list[str]:
        """The label of each file, whose path is relative to the root.

        Raises:
            UsageError: some have none.
        """
        if self.in_order:
            if len(self.in_order) != len(files):
                raise UsageError(
                    f"{self.where} holds {len(self.in_order):,} labels for {len(files):,} images: give one "
                    "for each, in the order of their paths"
                )
            return self.in_order
        found = [next((self.by_name[key] for key in _keys(file) if key in self.by_name), None) for file in files]
        without = [file.as_posix() for file, label in zip(files, found, strict=True) if label is None]
        if without:
            raise UsageError(
                f"{len(without):,} of {len(files):,} images have no label in {self.where}: "
                f"{few(without, 3)}; name them there, or take them out"
            )
        return [label for label in found if label is not None]

    def labels_in_order(self) -> list[str]:
        """The labels of an .npy file.

        Raises:
            UsageError: it is of another kind.
        """
        if not self.in_order:
            raise UsageError(f"{self.where} names files, but an array has none: give an .npy of labels")
        return self.in_order


class LabelFile(Labels):
    """The labels in a .csv, .json or .npy file.

    Args:
        path: of the file; key and value are named in errors.

    Raises:
        UsageError: it is missing, or can't be read as labels.
    """

    def __init__(self, path: str) -> None:
        self.path = given_path(path, "data.labels")
        if not self.path.is_file():
            raise UsageError(f"data.labels={path} is not a file: give {TAKES}")
        by_name: dict[str, str] = {}
        in_order: list[str] = []
        try:
            match self.path.suffix.lower():
                case ".npy" if not is_npy(self.path):
                    raise UsageError(f"it is an archive of arrays; give {TAKES}")
                case ".npy":
                    in_order = [str(label) for label in label_column(array_in(self.path, None))]
                case ".json":
                    by_name = labels_of_json(json.loads(self.path.read_text(encoding="utf-8")))
                case _:
                    by_name = _of_table(self.path.read_text(encoding="utf-8-sig"))
        except MemoryError:
            raise
        except UsageError as error:
            raise UsageError(f"data.labels={path}: {error}") from error
        except Exception as error:  # the parsers of JSON and tables raise every kind
            raise UsageError(f"data.labels={path} can't be read: {first_line(error)}; give {TAKES}") from error
        super().__init__(f"data.labels={self.path}", by_name, in_order)


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


def _keys(file: PurePath) -> tuple[str, str, str]:
    return file.as_posix(), file.name, file.stem


def labels_of_json(content: Any) -> dict[str, str]:
    """File name → label, of a mapping, of pairs, or of either under "labels" as in StyleGAN's dataset.json.

    Raises:
        Exception: of whatever kind, where it is none of these.
    """
    pairs = content["labels"] if isinstance(content, dict) and "labels" in content else content
    pairs = list(pairs.items()) if isinstance(pairs, dict) else pairs
    if not pairs:
        raise ValueError("it holds no labels")
    labels = dict(pairs)
    if wrong := [label for label in labels.values() if not isinstance(label, int | str)]:
        raise ValueError(f"the label {str(wrong[0])[:40]} is not a class, a whole number or a name")
    return {str(name): str(label) for name, label in labels.items()}


def _of_table(text: str) -> dict[str, str]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if not rows or any(len(row) < 2 for row in rows):
        raise ValueError("each line must hold a file and its label")
    if rows[0][0].strip().lower() in FILE_COLUMNS:
        rows = rows[1:]
    if not rows:
        raise ValueError("it holds no labels")
    return {Path(row[0].strip().replace("\\", "/")).as_posix(): row[1].strip() for row in rows}
