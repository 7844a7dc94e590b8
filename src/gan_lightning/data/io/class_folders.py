"""Classes by the names of folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.label_arrays import sorted_classes


def class_folders(files: Sequence[PurePath]) -> list[str]:
    """The first folders of relative paths, in the order of their classes."""
    return sorted_classes(file.parts[0] for file in files if len(file.parts) > 1)


def check_class_folders(folders: Sequence[str], files: Sequence[PurePath], classes: int, root: object) -> None:
    """Accepts one folder for each class.

    Raises:
        UsageError: their number is another, or images lie beside them.
    """
    beside = any(len(file.parts) == 1 for file in files)
    if len(folders) != classes or beside:
        raise UsageError(
            f"data.classes={classes}, but data.root={root} has {len(folders)} folder(s) with images"
            f"{' and images beside them' if beside else ''}: "
            f"one folder for each class is needed, or data.classes=0 for images without labels"
        )
