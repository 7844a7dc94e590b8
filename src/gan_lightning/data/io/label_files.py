"""Labels of image files in a file of their own: a table, StyleGAN's dataset.json, or .npy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.few import few
from gan_lightning.core.given_path import given_path
from gan_lightning.data.io.label_arrays import LabelKind, label_column, label_numbers, sorted_classes
from gan_lightning.data.io.label_tables import Label, labels_of_json, labels_of_table
from gan_lightning.data.io.npy import array_in, is_npy

TAKES = (
    "a .csv of file,label or file,number,number, a dataset.json, or an .npy of one label for each image in the order "
    "of their paths"
)


class Labels:
    """The labels of images, all of them classes, or all of them k numbers.

    Args:
        where: they are from, for messages.
        by_name: file name → label; names are relative paths, names, or names without suffix.
        in_order: labels in the order of the images instead.
    """

    def __init__(self, where: str, by_name: Mapping[str, Label], in_order: Sequence[Label] = ()) -> None:
        self.where, self.by_name, self.in_order = where, by_name, list(in_order)

    @property
    def names(self) -> list[str]:
        """The classes, in the order of their numbers; none where labels are numbers."""
        return sorted_classes(label for label in self._all if isinstance(label, str))

    @property
    def numbers(self) -> int:
        """k, of labels of k numbers; 0 of classes."""
        return next((0 if isinstance(label, str) else len(label) for label in self._all), 0)

    @property
    def _all(self) -> list[Label]:
        return self.in_order or list(self.by_name.values())

    def labels_of(self, files: Sequence[PurePath]) -> list[Label]:
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

    def labels_in_order(self) -> list[Label]:
        """The labels of an .npy file.

        Raises:
            UsageError: it is of another kind.
        """
        if not self.in_order:
            raise UsageError(f"{self.where} names files, but an array has none: give an .npy of labels")
        return self.in_order


class LabelFile(Labels):
    """The labels in a .csv (or another table), .json or .npy file.

    Args:
        path: of the file; key and value are named in errors.
        kind: "classes" or "numbers"; None: whole numbers in one column and one-hot rows are classes.

    Raises:
        UsageError: it is missing, or can't be read as labels.
    """

    def __init__(self, path: str, kind: LabelKind | None = None) -> None:
        self.path = given_path(path, "data.labels")
        if not self.path.is_file():
            raise UsageError(f"data.labels={path} is not a file: give {TAKES}")
        by_name: dict[str, Label] = {}
        in_order: list[Label] = []
        try:
            match self.path.suffix.lower():
                case ".npy" if not is_npy(self.path):
                    raise UsageError(f"it is an archive of arrays; give {TAKES}")
                case ".npy":
                    stored = array_in(self.path, None)
                    numbers = label_numbers(stored, kind)
                    in_order = list(map(str, label_column(stored)) if numbers is None else map(tuple, numbers.tolist()))
                case ".json":
                    by_name = labels_of_json(json.loads(self.path.read_text(encoding="utf-8")), kind)
                case _:
                    by_name = labels_of_table(self.path.read_text(encoding="utf-8-sig"), kind)
        except MemoryError:
            raise
        except UsageError as error:
            raise UsageError(f"data.labels={path}: {error}") from error
        except Exception as error:  # the parsers of JSON and tables raise every kind
            raise UsageError(f"data.labels={path} can't be read: {first_line(error)}; give {TAKES}") from error
        super().__init__(f"data.labels={self.path}", by_name, in_order)


def _keys(file: PurePath) -> tuple[str, str, str]:
    return file.as_posix(), file.name, file.stem
