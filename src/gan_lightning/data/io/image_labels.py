"""Labels of images: in a file, or in the archive that holds the images."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.data.io.archive_names import MOST
from gan_lightning.data.io.label_arrays import LabelKind
from gan_lightning.data.io.label_files import LabelFile, Labels
from gan_lightning.data.io.label_tables import labels_of_json
from gan_lightning.data.io.tar_files import labels_in_tars, tar_files
from gan_lightning.data.io.zip_file import is_zip, open_zip

INSIDE = "dataset.json"  # of StyleGAN's archives


def image_labels(path: str | None, root: Path, kind: LabelKind | None = None) -> Labels | None:
    """The labels in the file at `path`, or else those in a zip or tar of images; None where there are none.

    Args:
        path: of a file of labels.
        root: of the images.
        kind: "classes" or "numbers"; None: see `LabelFile`.

    Raises:
        UsageError: they can't be read.
    """
    if path is not None:
        return _in_file(path, kind, *_status(Path(os.path.expanduser(path))))
    if files := tar_files(root):
        return labels_in_tars(root, tuple((file, *_status(file)) for file in files))
    return _in_zip(root, kind, *_status(root)) if is_zip(root) else None


def label_classes(path: str | None, root: str | None = None, kind: LabelKind | None = None) -> int:
    """`${label_classes:${data.labels},${data.root},…}` in a config: the number of classes in `image_labels`, or 0."""
    labels = _labels_of_config(path, root, kind)
    return 0 if labels is None else len(labels.names)


def image_label_shape(path: str | None, root: str | None = None, kind: LabelKind | None = None) -> list[int] | None:
    """`${image_label_shape:...}`, as `label_classes`: [k] for labels of k numbers, else null."""
    try:
        labels = _labels_of_config(path, root, kind)
    except UsageError:
        if path is not None:
            raise
        return None  # `label_classes` names the fault, where it is asked
    return [labels.numbers] if labels is not None and labels.numbers else None


def _labels_of_config(path: str | None, root: str | None, kind: LabelKind | None) -> Labels | None:
    return None if path is None and root is None else image_labels(path, Path(os.path.expanduser(root or "")), kind)


def _status(file: Path) -> tuple[int, int]:
    """Two numbers that change with the file; zeros where there is none."""
    try:
        status = file.stat()
    except (OSError, ValueError):
        return 0, 0
    return status.st_size, status.st_mtime_ns


@lru_cache(maxsize=1)  # a config asks several times
def _in_file(path: str, kind: LabelKind | None, *_: int) -> Labels:
    return LabelFile(path, kind)


@lru_cache(maxsize=1)
def _in_zip(root: Path, kind: LabelKind | None, *_: int) -> Labels | None:
    with open_zip(root) as archive:
        try:
            if INSIDE not in archive.namelist():
                return None
            if archive.getinfo(INSIDE).file_size > MOST:
                raise ValueError(f"it has more than {MOST:,} bytes")
            content = json.loads(archive.read(INSIDE))
            if isinstance(content, dict) and content.get("labels", content) is None:
                return None
            return Labels(f"{INSIDE} in data.root={root}", labels_of_json(content, kind))
        except Exception as error:  # the parsers of zip and JSON raise every kind
            raise UsageError(
                f"data.root={root}: {INSIDE} in it can't be read as labels ({first_line(error)}): give "
                "data.labels=FILE, or data.classes=0 for images without labels"
            ) from error
