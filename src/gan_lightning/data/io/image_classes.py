"""Classes of image files, by labels or by their folders."""

from __future__ import annotations

from gan_lightning.data.io.class_folders import check_class_folders, class_folders
from gan_lightning.data.io.declared_shape import check_declared_classes
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.label_files import Labels
from gan_lightning.data.io.split_folders import SplitFolders, below, check_no_parts
from gan_lightning.data.io.synset_names import synset_names


def image_classes(
    found: ImageFiles, splits: SplitFolders | None, labels: Labels | None, classes: int
) -> tuple[list[str], list[str]]:
    """The classes in the order of their numbers, and the class of each file.

    Args:
        found: the files.
        splits: their folders train and val, if they have them.
        labels: of the files; None: folders are classes, those in train and val if they are there.
        classes: the number of classes that is declared.

    Raises:
        UsageError: there are others, or some files have none.
    """
    files = found.names
    if labels is not None:
        names, of_file = labels.names, [str(label) for label in labels.labels_of(files)]
        check_declared_classes(classes, len(names))
        return names, of_file
    if splits is None:
        check_no_parts(files, found.root)
    else:
        splits.check_classes(files, found.root)
        files = [below(file) for file in files]
    names = class_folders(files)
    check_class_folders(names, files, classes, found.root)
    shown = synset_names(names, found.root)
    return [shown[name] for name in names], [shown[file.parts[0]] for file in files]
