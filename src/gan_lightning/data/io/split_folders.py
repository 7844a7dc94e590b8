"""Folders that are the parts of a data set: train, val, test."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.class_folders import class_folders

TRAIN = ("train", "training")
HELD_OUT = ("val", "valid", "validation", "dev", "eval", "test", "testing")  # the first that is there is used


@dataclass(frozen=True)
class SplitFolders:
    """Folders directly under a root that say which images to train on.

    Attributes:
        train: name of the folder of images to train on.
        held_out: name of the folder of images that are held out.
        unused: names of the others.
    """

    train: str
    held_out: str
    unused: tuple[str, ...] = ()

    def uses(self, name: PurePath) -> bool:
        """True for a file to train on or held out."""
        return name.parts[0] in (self.train, self.held_out)

    def is_held_out(self, name: PurePath) -> bool:
        """True for a file that is held out."""
        return name.parts[0] == self.held_out

    def check_classes(self, names: Sequence[PurePath], root: object) -> None:
        """Accepts held-out classes that are also trained on.

        Raises:
            UsageError: there are others.
        """
        parts = [class_folders([below(n) for n in names if self.is_held_out(n) == held]) for held in (False, True)]
        if others := sorted(set(parts[1]) - set(parts[0])):
            raise UsageError(
                f"data.root={root}: {self.held_out} has the folder {others[0]}, no class of {self.train}: give both "
                f"the same, or train on one alone, {part_alone(root, self.train)}"
            )


def below(name: PurePath) -> PurePath:
    """The relative path without its first folder."""
    return PurePath(*name.parts[1:])


def split_folders(names: Sequence[PurePath]) -> SplitFolders | None:
    """The parts of a data set, if all images lie in folders named so, among them one to train on and one held out."""
    folders = part_folders(names)
    if any(len(name.parts) == 1 for name in names):
        return None
    train, held_out = (_first_of(kind, folders) for kind in (TRAIN, HELD_OUT))
    if train is None or held_out is None:
        return None
    return SplitFolders(train, held_out, tuple(name for name in folders if name not in (train, held_out)))


def part_folders(names: Sequence[PurePath]) -> list[str]:
    """The folders of these relative paths, if all of them are named after parts of a data set; else none."""
    folders = class_folders(names)
    return folders if len(folders) > 1 and all(name.lower() in TRAIN + HELD_OUT for name in folders) else []


def check_no_parts(names: Sequence[PurePath], root: object) -> None:
    """Accepts folders that can be classes.

    Raises:
        UsageError: they are parts of a data set.
    """
    if parts := part_folders(names):
        given = _first_of(TRAIN, parts) or parts[0]
        raise UsageError(
            f"data.root={root} holds the parts {', '.join(parts)} of a data set, not classes: give one of them, "
            f"{part_alone(root, given)}"
        )


def part_alone(root: object, part: str) -> str:
    """The words to type for one folder of a root alone."""
    return (
        f"data.root={root}/{part}" if os.path.isdir(str(root)) else f"data.root=FILE, a zip or a list of {part} alone"
    )


def _first_of(kind: Sequence[str], folders: Sequence[str]) -> str | None:
    return next((folder for name in kind for folder in folders if folder.lower() == name), None)
