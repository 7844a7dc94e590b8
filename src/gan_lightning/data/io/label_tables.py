"""Labels of image files in tables and in JSON: a class for each file, or numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_lightning.data.io.label_arrays import LabelKind, label_column, label_numbers

FILE_COLUMNS = {"file", "filename", "file_name", "image", "image_id", "path", "name", "id"}
CLASS_COLUMNS = {"label", "class", "category"}  # columns after one of these are not labels
Label = str | tuple[float, ...]


def labels_of_table(text: str, kind: LabelKind | None = None) -> dict[str, Label]:
    """File name → label, of lines file,class, where more columns are left out, or file,number,number,…

    With or without a header; parted by commas, semicolons, tabs or spaces. A first line that is a count, as in CelebA's
    lists, is left out.

    Args:
        text: the table.
        kind: "classes" or "numbers"; None: see `_labels`.

    Raises:
        Exception: of whatever kind, where it is no such table.
    """
    rows, names = _rows_and_names(text)
    if not rows:
        raise ValueError("it holds no labels")
    single = kind == "classes" or (kind is None and bool(names) and names[0].lower() in CLASS_COLUMNS)
    values = [[value.strip() for value in (row[1:2] if single else row[1:])] for row in rows]
    files = [Path(row[0].strip().replace("\\", "/")).as_posix() for row in rows]
    return _labels(files, values, kind, names)


def labels_of_json(content: Any, kind: LabelKind | None = None) -> dict[str, Label]:
    """File name → label, of a mapping, of pairs, or of either under "labels" as in StyleGAN's dataset.json.

    Raises:
        Exception: of whatever kind, where it is none of these.
    """
    pairs = content["labels"] if isinstance(content, dict) and "labels" in content else content
    pairs = list(pairs.items()) if isinstance(pairs, dict) else pairs
    if not pairs:
        raise ValueError("it holds no labels")
    labels = dict(pairs)
    values = [label if isinstance(label, list) else [label] for label in labels.values()]
    if wrong := [row for row in values if not row or not all(isinstance(one, int | float | str) for one in row)]:
        raise ValueError(f"the label {str(wrong[0])[:40]} is not a class, a number or a name")
    return _labels(list(map(str, labels)), values, kind)


def _labels(
    files: Sequence[str], values: Sequence[Sequence[Any]], kind: LabelKind | None, names: Sequence[str] = ()
) -> dict[str, Label]:
    """Each row as a class, or as numbers: several that are not one-hot, or one that is not whole in all rows."""
    several = len(values[0]) > 1
    labels: list[Label]
    wrong = next((place for place, row in enumerate(values) if not _are_numbers(row, len(values[0]))), None)
    if wrong is not None and (kind == "numbers" or (several and wrong > 0)):
        raise ValueError(f"the label {', '.join(map(str, values[wrong]))[:40]} of {files[wrong]} is not numbers")
    numbers = None if wrong is not None else label_numbers(array := np.array(values, dtype=np.float64), kind)
    if numbers is not None:
        labels = [tuple(row) for row in numbers.tolist()]
    elif wrong is None and several:
        labels = [names[place] if names else str(place) for place in label_column(array)]
    else:
        labels = [str(row[0]) for row in values]
    return dict(zip(files, labels, strict=True))


def _are_numbers(values: Sequence[Any], count: int) -> bool:
    try:
        return len(list(map(float, values))) == count
    except ValueError:
        return False


def _rows_and_names(text: str) -> tuple[list[list[str]], list[str]]:
    """The lines without a header, and its names of the columns after the first."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if rows and all(len(row) == 1 for row in rows):
        rows = [parts for row in rows if (parts := row[0].split())]
        rows = rows[1:] if len(rows[0]) == 1 and rows[0][0].isdigit() else rows
    unnamed = len(rows) > 1 and len(rows[0]) == len(rows[1]) - 1  # the column of files has no name
    header = unnamed or (bool(rows) and rows[0][0].strip().lower() in FILE_COLUMNS)
    if any(len(row) < 2 for row in rows[unnamed:]) or not rows:
        raise ValueError("each line must hold a file and its label")
    if not header:
        return rows, []
    return rows[1:], [name.strip() for name in rows[0][0 if unnamed else 1 :]]
