"""Images in a data set of the Hugging Face `datasets` library."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.extras import import_extra
from gan_lightning.core.few import few
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.label_arrays import sorted_classes

LABELS = ("label", "labels", "fine_label", "class")  # columns that are taken for classes


@dataclass
class HubImages(ImageFiles):
    """The images of one column; their names are split/number.

    Attributes:
        columns: name of a split → its `datasets.Dataset`.
        splits: the same with the images alone, as the content of files.
        column: of the images.
        labels: column of the classes, if there is one.
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    splits: dict[str, Any] = field(default_factory=dict)
    column: str = ""
    labels: str | None = None

    def open(self, number: int) -> BinaryIO:
        """The content of an image, by its number."""
        split, row = self.names[number].parts
        value = self.splits[split][int(row)][self.column]
        if value is None:
            raise ValueError("no image")
        return io.BytesIO(value["bytes"]) if value.get("bytes") else Path(value["path"]).open("rb")

    def classes(self) -> tuple[list[str], list[str]]:
        """The classes in the order of their numbers, and the class of each image."""
        feature = next(iter(self.columns.values())).features[self.labels]
        numbers = {split: list(data[self.labels]) for split, data in self.columns.items()}
        values = [numbers[split][int(row)] for split, row in (name.parts for name in self.names)]
        named = getattr(feature, "names", None)
        if named is not None and all(isinstance(value, int) and 0 <= value < len(named) for value in values):
            return list(named), [named[value] for value in values]
        if not all(isinstance(value, int | str) for value in values):
            raise UsageError(f"data.label={self.labels}: its values are not classes, whole numbers or names")
        return sorted_classes(map(str, values)), [str(value) for value in values]


def load_hub_images(name: str, column: str | None, labels: str | None) -> HubImages:
    """The images of a data set of the Hub, of a folder that the library reads, or of a .parquet file.

    Args:
        name: of the data set, or the path of the folder or file.
        column: of the images; None: the only one.
        labels: column of the classes; None: the only one of the kind ClassLabel, or one of `LABELS`.

    Raises:
        UsageError: the library is missing, there is no such data set or column, or the network failed.
    """
    datasets = import_extra("datasets", "huggingface")
    datasets.disable_progress_bars()
    name = os.path.expanduser(name)
    try:
        if name.lower().endswith(".parquet"):
            found = datasets.load_dataset("parquet", data_files=name)
        else:
            found = datasets.load_dataset(name)
    except MemoryError:
        raise
    except Exception as error:  # the library raises every kind
        raise UsageError(
            f"data.name={name} can't be loaded by the datasets library ({first_line(error)[:200]}): give the name of a "
            "data set of the Hub, a folder or a .parquet file"
        ) from error
    features = next(iter(found.values())).features
    column = _only(features, column, "data.column", name, _image_columns(features, datasets), "images")
    classes = [key for key, kind in features.items() if isinstance(kind, datasets.ClassLabel)]
    classes = classes or [key for key in LABELS if key in features]
    labels = _only(features, labels, "data.label", name, classes, "classes") if labels or classes else None
    images = HubImages(Path(name), columns=found, column=column, labels=labels)
    for split, rows in found.items():
        stored = rows.select_columns([column])
        if isinstance(features[column], datasets.Image):
            stored = stored.cast_column(column, datasets.Image(decode=False))
        images.splits[split] = stored
        content = int(rows._fingerprint, 16) >> 1  # of 64 bits; other data have another
        images.names += [PurePath(split, f"{row:09}") for row in range(len(rows))]
        images.status += [(len(rows), content)] * len(rows)
    return images


def _image_columns(features: Mapping[str, Any], datasets: Any) -> list[str]:
    stored = [key for key, kind in features.items() if isinstance(kind, dict) and {"bytes", "path"} <= set(kind)]
    return [key for key, kind in features.items() if isinstance(kind, datasets.Image)] or stored


def _only(features: Mapping[str, Any], given: str | None, key: str, name: str, found: list[str], what: str) -> str:
    if given is not None:
        if given not in features:
            raise UsageError(f"{key}={given} is no column of data.name={name}: it has {few(list(features))}")
        return given
    if len(found) != 1:
        raise UsageError(
            f"data.name={name} has {'no column' if not found else 'several columns'} of {what}: set {key} to one of "
            f"{few(found or list(features))}"
        )
    return found[0]
