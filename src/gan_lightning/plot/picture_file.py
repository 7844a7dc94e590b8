"""Picture files: written whole, and checked before they are read back."""

from __future__ import annotations

import functools
from pathlib import Path

from PIL import Image

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.paths import relative_to_cwd


def save_png(picture: Image.Image, target: Path) -> None:
    """Writes a PNG file; see `atomic_replace`."""
    with atomic_replace(target) as beside:
        picture.save(beside, "PNG")


def is_whole(path: Path) -> bool:
    """True if the file is a whole picture; else names it, once, in a warning."""
    try:
        with Image.open(path) as picture:
            picture.verify()
    except Exception as error:  # Pillow's readers raise of every kind
        _warn(path, type(error).__name__)
        return False
    return True


@functools.cache
def _warn(path: Path, reason: str) -> None:
    print_rank_zero(f"warning: {relative_to_cwd(path)} is damaged and left out ({reason})")
