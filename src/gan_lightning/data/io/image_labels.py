"""Labels of images: in a file, or in the archive that holds the images."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.data.io.archive_names import MOST
from gan_lightning.data.io.label_files import LabelFile, Labels, labels_of_json
from gan_lightning.data.io.tar_files import labels_in_tars, tar_files
from gan_lightning.data.io.zip_file import is_zip, open_zip

INSIDE = "dataset.json"  # of StyleGAN's archives


def image_labels(path: str | None, root: Path) -> Labels | None:
    """The labels in the file at `path`, or else those in a zip or tar of images; None where there are none.

    Raises:
        UsageError: they can't be read.
    """
    if path is not None:
        return LabelFile(path)
    if files := tar_files(root):
        return labels_in_tars(root, tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files))
    if not is_zip(root):
        return None
    status = root.stat()
    return _in_zip(root, status.st_size, status.st_mtime_ns)


def label_classes(path: str | None, root: str | None = None) -> int:
    """`${label_classes:${data.labels},${data.root}}` in a config: the number of classes in `image_labels`, or 0."""
    if path is None and root is None:
        return 0
    labels = image_labels(path, Path(os.path.expanduser(root or "")))
    return 0 if labels is None else len(labels.names)


@lru_cache(maxsize=1)  # a config asks several times
def _in_zip(root: Path, *_: int) -> Labels | None:
    with open_zip(root) as archive:
        try:
            if INSIDE not in archive.namelist():
                return None
            if archive.getinfo(INSIDE).file_size > MOST:
                raise ValueError(f"it has more than {MOST:,} bytes")
            content = json.loads(archive.read(INSIDE))
            if isinstance(content, dict) and content.get("labels", content) is None:
                return None
            return Labels(f"{INSIDE} in data.root={root}", labels_of_json(content))
        except Exception as error:  # the parsers of zip and JSON raise every kind
            raise UsageError(
                f"data.root={root}: {INSIDE} in it can't be read as classes ({first_line(error)}): give "
                "data.labels=FILE, or data.classes=0 for images without labels"
            ) from error
