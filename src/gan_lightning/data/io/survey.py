"""Facts about the images under a root, by a sample of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.class_folders import class_folders
from gan_lightning.data.io.decode import readable_formats
from gan_lightning.data.io.find_images import find_images
from gan_lightning.data.io.split_folders import below, split_folders

LOOKED_AT = 64  # images, from all over the folder
GREY_WITHIN = 8  # largest difference of the colours of a pixel that is still grey: JPEG rounds
SAME_PROPORTIONS = 0.1  # the middle 80% of the images differ by less


class Survey(NamedTuple):
    """Facts about the images under a root.

    Attributes:
        images: their number, without those that are held out in a folder of their own.
        height: of the median image, in pixels.
        width: likewise.
        proportions: height over width, where nearly all images have the same; else None.
        channels: 1 if they are grey, 4 if most have transparent pixels, else 3.
        classes: number of images in each folder directly under the root; none where images lie beside them.
    """

    images: int
    height: int
    width: int
    proportions: float | None
    channels: int
    classes: dict[str, int]


def survey(root: Path) -> Survey:
    """Looks at images under a root that `find_root` has found.

    Raises:
        UsageError: it holds none that can be read.
    """
    found = find_images(root)
    names = found.names
    if splits := split_folders(names):
        found = found.only(lambda name: name.parts[0] == splits.train)
        names = [below(name) for name in found.names]
    folders = class_folders(names)
    flat = any(len(name.parts) == 1 for name in names)
    classes = {} if flat or len(folders) < 2 else Counter(name.parts[0] for name in names)
    sizes, colours = [], Counter[int]()
    for number in np.linspace(0, len(names) - 1, min(LOOKED_AT, len(names))).astype(int).tolist():
        try:
            with found.open(number) as stream, Image.open(stream, formats=readable_formats()) as file:
                image = ImageOps.exif_transpose(file)
                sizes.append((image.height, image.width))
                colours[_channels(image)] += 1
        except Exception:  # of any kind, for a file that is damaged: training names it
            continue
    if not sizes:
        raise UsageError(f"data.root={root} holds no image that can be read, of {len(names):,} by their names")
    ratios = np.quantile([height / width for height, width in sizes], [0.1, 0.5, 0.9])
    same = ratios[2] / ratios[0] - 1 < SAME_PROPORTIONS
    return Survey(
        images=len(names),
        height=round(median(height for height, _ in sizes)),
        width=round(median(width for _, width in sizes)),
        proportions=float(ratios[1]) if same else None,
        channels=4 if colours[4] * 2 > len(sizes) else 1 if colours[1] == len(sizes) else 3,
        classes=dict(classes),
    )


def _channels(image: Image.Image) -> int:
    """1 for a grey image, 4 for one with transparent pixels, else 3."""
    if image.has_transparency_data and np.asarray(image.convert("RGBA"))[..., 3].min() < 255:
        return 4
    if image.mode in ("1", "L") or image.mode.startswith(("I", "F")):
        return 1
    pixels = np.asarray(image.convert("RGB")).astype(np.int16)
    return 1 if int((pixels.max(-1) - pixels.min(-1)).max()) <= GREY_WITHIN else 3
