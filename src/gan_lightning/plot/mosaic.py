"""A grid of images joined into one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from PIL import Image, ImageColor
from torch import Tensor

from gan_lightning.plot.colours import to_rgb
from gan_lightning.plot.style import SEAM

TILE = 84  # least pixels of the longer side of an enlarged image
WIDEST = 2048  # most pixels of the longer side of the grid
MARGIN = 2  # pixels of a seam


def mosaic(samples: Tensor, room: tuple[int, int] = (1, 1), bands: Sequence[int] | None = None) -> Image.Image:
    """Joins images, with seams between them.

    Small images are enlarged by an integer factor, each pixel a square. The grid is reduced only if its longer side
    exceeds 2,048 pixels.

    Args:
        samples: [rows, columns, C, H, W] in [-1, 1].
        room: rows and columns of all grids on the page, if this is one of several: all are then reduced alike.
        bands: channels that are drawn; see `to_rgb`.
    """
    rows, columns, _, height, width = samples.shape
    zoom = zoom_of(height, width)
    tiles = to_rgb(samples, bands)
    tiles = tiles.repeat_interleave(zoom, dim=-2).repeat_interleave(zoom, dim=-1)
    seam = torch.tensor(ImageColor.getrgb(SEAM), dtype=torch.uint8)
    down, right = height * zoom + MARGIN, width * zoom + MARGIN
    page = seam.repeat(rows * down + MARGIN, columns * right + MARGIN, 1)
    framed = page[MARGIN:, MARGIN:].unfold(0, down, down).unfold(1, right, right)  # [rows, columns, 3, down, right]
    framed[..., :-MARGIN, :-MARGIN] = tiles
    image = Image.fromarray(page.numpy())
    longest = max(max(room[0], rows) * down, max(room[1], columns) * right) + MARGIN
    return image.reduce(factor) if (factor := math.ceil(longest / WIDEST)) > 1 else image


def zoom_of(height: int, width: int) -> int:
    """The integer factor by which images of this size are enlarged."""
    return max(1, math.ceil(TILE / max(height, width)))
