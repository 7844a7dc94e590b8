"""Series and volumes as images, for grids of them."""

from __future__ import annotations

import torch
from PIL import Image, ImageColor, ImageDraw
from torch import Tensor

from gan_lightning.data.pixels import to_float
from gan_lightning.plot.point_plot import COLOURS
from gan_lightning.plot.style import HAIR, PAPER

SERIES_TILE = (84, 168)  # height and width of the picture of a series, in pixels
FINER = 3  # lines are drawn so many times larger, and averaged
RANGE = 1.1  # of values, above and below zero


def series_tiles(series: Tensor) -> Tensor:
    """Series [..., C, T] in [-1, 1] as line plots [..., 3, 84, 168], a colour for each channel."""
    flat = series.detach().float().cpu().flatten(0, -3)
    pictures = torch.stack([_lines(one) for one in flat])
    return pictures.view(*series.shape[:-2], *pictures.shape[1:])


def volume_tiles(volumes: Tensor) -> Tensor:
    """Volumes [..., C, D, H, W] as their middle slices across D, H and W, side by side: [..., C, height, width]."""
    *_, depth, height, width = volumes.shape
    slices = [
        volumes[..., depth // 2, :, :],
        volumes[..., :, height // 2, :],
        volumes[..., :, :, width // 2],
    ]
    page = volumes.new_full((*volumes.shape[:-3], *volume_tile_size(depth, height, width)), 1.0)
    left = 0
    for one in slices:
        rows, columns = one.shape[-2:]
        page[..., :rows, left : left + columns] = one
        left += columns + 1
    return page


def volume_tile_size(depth: int, height: int, width: int) -> tuple[int, int]:
    """(height, width) of the tile of a volume: three slices, with a pixel between two."""
    return max(height, depth), width + 1 + width + 1 + height


def _lines(series: Tensor) -> Tensor:
    high, wide = (side * FINER for side in SERIES_TILE)
    page = Image.new("RGB", (wide, high), PAPER)
    pen = ImageDraw.Draw(page)
    pen.line([(0, high / 2), (wide, high / 2)], fill=HAIR, width=FINER)
    x = torch.linspace(0, wide - 1, series.shape[-1]).tolist()
    y = ((1 - series.nan_to_num().clamp(-RANGE, RANGE) / RANGE) / 2 * (high - 1)).tolist()
    for channel, values in enumerate(y):
        colour = ImageColor.getrgb(COLOURS[channel % len(COLOURS)])
        pen.line(list(zip(x, values, strict=True)), fill=colour, width=FINER, joint="curve")
    small = page.reduce(FINER)
    levels = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8).view(small.height, small.width, 3)
    return to_float(levels.permute(2, 0, 1), torch.float32)
