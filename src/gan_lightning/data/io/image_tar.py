"""The images in tar archives, which are read in place: no member ever becomes a file."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO

from gan_lightning.data.io.archive_names import common_folders, fault_of
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.tar_files import LABEL, Member, members_of, tar_files


@dataclass
class TarredImages(ImageFiles):
    """The images in an archive, `root`, or in those of a folder; `status` is size and the archive's time of change.

    Attributes:
        members: the member of each relative path.
    """

    members: dict[PurePath, Member] = field(default_factory=dict)

    def open(self, number: int) -> BinaryIO:
        """The content of a member."""
        return io.BytesIO(self.members[self.names[number]].read())

    def add_member(self, name: PurePath, member: Member) -> None:
        """Takes in one member under this relative path."""
        if not self.is_image(name):
            return
        fault = fault_of(PurePosixPath(name), member.size)
        if name in self.members:
            fault = f"in {self.members[name].archive.name} and in {member.archive.name}"
        if fault:
            self.faults.append(f"{name.as_posix()} ({fault})")
        else:
            self.names.append(name)
            self.status.append((member.size, member.archive.stat().st_mtime_ns))
            self.members[name] = member


def images_in_tars(root: Path) -> TarredImages:
    """The images in the archives at a root; folders around all of them are left out of their names.

    Raises:
        UsageError: one can't be read.
    """
    found = TarredImages(root)
    members = [member for archive in tar_files(root) for member in members_of(root, archive)]
    labelled = any(member.name.suffix == LABEL for member in members)  # by their names in the archive
    top = 0 if labelled else common_folders([member.name for member in members])
    for member in sorted((one for one in members if one.name.suffix != LABEL), key=lambda one: one.name.as_posix()):
        found.add_member(PurePath(*member.name.parts[top:]), member)
    return found
