"""Images joined to one picture."""

from __future__ import annotations

import math

import torch
from PIL import Image, ImageColor
from torch import Tensor

from gan_lightning.data.pixels import to_uint8
from gan_lightning.plot.images import MARGIN, TILE, WIDEST
from gan_lightning.plot.style import SEAM


def mosaic(samples: Tensor, room: tuple[int, int] = (1, 1)) -> Image.Image:
    """Images as one picture with seams between them.

    As in the grids of a run: small images are enlarged by a whole factor, each pixel a square; they are only reduced
    where the picture would be longer than 2,048 pixels.

    Args:
        samples: [rows, columns, C, H, W] in [-1, 1].
        room: rows and columns of all images on the page that this picture is a part of, if there are more: all are then
            reduced alike.
    """
    rows, columns, _, height, width = samples.shape
    zoom = max(1, math.ceil(TILE / max(height, width)))
    tiles = to_uint8(samples).expand(-1, -1, 3, -1, -1)
    tiles = tiles.repeat_interleave(zoom, dim=-2).repeat_interleave(zoom, dim=-1)
    seam = torch.tensor(ImageColor.getrgb(SEAM), dtype=torch.uint8)
    down, right = height * zoom + MARGIN, width * zoom + MARGIN
    page = seam.repeat(rows * down + MARGIN, columns * right + MARGIN, 1)
    framed = page[MARGIN:, MARGIN:].unfold(0, down, down).unfold(1, right, right)  # [rows, columns, 3, down, right]
    framed[..., :-MARGIN, :-MARGIN] = tiles
    picture = Image.fromarray(page.numpy())
    longest = max(max(room[0], rows) * down, max(room[1], columns) * right) + MARGIN
    return picture.reduce(factor) if (factor := math.ceil(longest / WIDEST)) > 1 else picture
