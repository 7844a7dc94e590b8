"""The images in a zip archive, which is read in place: no member ever becomes a file."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO

from gan_lightning.data.io.archive_names import common_folders, fault_of, is_hidden
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.image_labels import INSIDE
from gan_lightning.data.io.zip_file import open_zip


@dataclass
class ZippedImages(ImageFiles):
    """The images in an archive, `root`; `status` is their size and checksum.

    Attributes:
        members: the member of each relative path.
        archive: opened.
    """

    members: dict[PurePath, zipfile.ZipInfo] = field(default_factory=dict)
    archive: zipfile.ZipFile = field(kw_only=True)

    def open(self, number: int) -> BinaryIO:
        """The content of a member, unpacked in memory."""
        return io.BytesIO(self.archive.read(self.members[self.names[number]]))

    def add_member(self, name: PurePath, member: zipfile.ZipInfo) -> None:
        """Takes in one member under this relative path."""
        if not self.is_image(name):
            return
        if fault := "encrypted" if member.flag_bits & 1 else fault_of(PurePosixPath(name), member.file_size):
            self.faults.append(f"{name.as_posix()} ({fault})")
        else:
            self.names.append(name)
            self.status.append((member.file_size, member.CRC))
            self.members[name] = member


def images_in_zip(file: Path) -> ZippedImages:
    """The images in an archive; folders around all of them are left out of their names, unless it holds labels.

    Raises:
        UsageError: it can't be read.
    """
    archive = open_zip(file)
    found = ZippedImages(file, archive=archive)
    listed = {PurePosixPath(member.filename): member for member in archive.infolist() if not member.is_dir()}
    listed = {name: member for name, member in listed.items() if not is_hidden(name)}
    top = 0 if PurePosixPath(INSIDE) in listed else common_folders(list(listed))
    for name in sorted(listed, key=PurePosixPath.as_posix):
        found.add_member(PurePath(*name.parts[top:]), listed[name])
    return found
