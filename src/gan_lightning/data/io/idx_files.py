"""The four idx files of MNIST and Fashion-MNIST: search, download, reading."""

from __future__ import annotations

import fnmatch
import os
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor
from torchvision import datasets

from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import cache_dir, join_names, search_dirs
from gan_lightning.data.io.idx import read_idx


@dataclass(frozen=True)
class IdxFiles:
    """Training and test images with their labels, one file each, gzipped or not.

    Args:
        name: of torchvision's class and of its folder.
        remedy: a command that provides the files.
        installed: folders of system packages.
    """

    name: str
    remedy: str
    installed: tuple[str, ...] = ()

    def folders(self, root: str | None) -> list[Path]:
        """Folders that are searched, in order."""
        if root is not None:
            given = given_path(root, "data.root")
            return [given, given / "raw", given / self.name / "raw"]
        return [Path(f) for f in self.installed] + [home / self.name / "raw" for home in search_dirs()]

    def find(self, root: str | None) -> Path | None:
        """The first folder that holds all four files, or None."""
        return next(
            (f for f in self.folders(root) if all(len(_pair(f, part)) == 2 for part in ("train", "t10k"))), None
        )

    def download(self, root: str | None) -> None:
        """Downloads the files with torchvision, unless they exist.

        Raises:
            UsageError: the network, the server or the disk failed.
        """
        if self.find(root) is not None:
            return
        target = given_path(root, "data.root") if root is not None else cache_dir()
        try:
            getattr(datasets, self.name)(str(target), download=True)
        except (OSError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise UsageError(f"data.download=true could not fetch {self.name} into {target}: {reason}") from error

    def read(self, root: str | None, part: str) -> tuple[Tensor, Tensor]:
        """Images uint8 [N, 1, H, W] and labels int64 [N] of `part`, train or t10k.

        Raises:
            UsageError: the files are nowhere, or damaged.
        """
        folder = self.find(root)
        if folder is None:
            raise UsageError(
                f"{self.name} not found: looked for train-images-idx3-ubyte[.gz] and its three companions in "
                f"{join_names(self.folders(root))}; set data.root=FOLDER or data.download=true, or run: {self.remedy}"
            )
        paths = _pair(folder, part)
        images, labels = (read_idx(path) for path in paths)
        if images.ndim != 3 or not images.numel() or labels.shape != images.shape[:1]:
            raise UsageError(
                f"{paths[0]} and {paths[1].name} do not belong together: they hold {list(images.shape)} images and "
                f"{list(labels.shape)} labels; fetch them again"
            )
        if int(labels.max()) > 9:
            raise UsageError(f"{paths[1]} holds labels up to {int(labels.max())}, not 0 to 9: fetch it again")
        return images[:, None], labels.long()


def _pair(folder: Path, part: str) -> list[Path]:
    """The existing files of images and of labels of `part`; unzipped before zipped."""
    # where MNIST has a dash, copies of it have a dot
    kinds = (f"{part}-images?idx3-ubyte", f"{part}-labels?idx1-ubyte")
    names = os.listdir(folder) if os.path.isdir(folder) and os.access(folder, os.R_OK) else []
    found = (
        [folder / name for end in ("", ".gz") for name in sorted(fnmatch.filter(names, kind + end))] for kind in kinds
    )
    files = ([path for path in paths if os.path.isfile(path)] for paths in found)  # a pipe would be waited for
    return [paths[0] for paths in files if paths]
