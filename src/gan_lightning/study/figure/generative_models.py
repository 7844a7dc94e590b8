"""A row of samples of each model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL.Image import Image
from torch import Tensor

from gan_lightning.plot.mosaic import mosaic
from gan_lightning.plot.series import page_of
from gan_lightning.plot.style import FAINT, INK, image_of

NAMES, WIDTH, GAP = 220, 760, 10  # pixels of the page: names, a row of samples, between rows


class Row(NamedTuple):
    """Binary images [n, 1, H, W] under a name, with a caption."""

    name: str
    images: Tensor
    caption: str


def sample_rows(rows: Sequence[Row]) -> Image:
    """The rows below each other, their names and captions at the left."""
    strips = [np.asarray(mosaic(2 * row.images[None] - 1)) for row in rows]
    tall = max(strip.shape[0] * WIDTH / strip.shape[1] for strip in strips)
    width, height = NAMES + WIDTH + GAP, len(rows) * (tall + GAP) + GAP
    page = page_of(width, round(height))
    for i, (row, strip) in enumerate(zip(rows, strips, strict=True)):
        bottom = height - (i + 1) * (tall + GAP)
        axes = page.add_axes((NAMES / width, bottom / height, WIDTH / width, tall / height))
        axes.imshow(strip, interpolation="none")
        axes.axis("off")
        middle = (bottom + 0.62 * tall) / height
        page.text(10 / width, middle, row.name, va="bottom", color=INK, fontsize=10.5, fontweight="bold")
        page.text(10 / width, middle - 3 / height, row.caption, va="top", color=FAINT, fontsize=8, linespacing=1.4)
    return image_of(page)
