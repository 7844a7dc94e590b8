"""Generated images, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw
from torch import Tensor

from gan_lightning.data.pixels import to_uint8
from gan_lightning.plot.style import FAINT, PAPER, SEAM, font

TILE = 84  # pixels that a small image is enlarged to, at the least
WIDEST = 2048  # pixels of the longer side, at the most
MARGIN, CAPTION = 2, 20


class ImageTrainingPlot:
    """A grid of images under a small caption that names the step.

    Small images are enlarged by a whole factor, each pixel a square, so that the tiles hold exactly the generator's
    pixels; only grids wider than 2,048 pixels are reduced. Images of a generator that still grows fill the same tiles.

    Args:
        shape: of one image, (channels, height, width).
        count: images, filled in row by row into a grid that is about square …
        columns: … or has so many columns.
    """

    def __init__(self, shape: tuple[int, ...], count: int = 64, columns: int | None = None) -> None:
        _, height, width = shape
        self.size = width
        self.rows = count
        self.columns = columns or min(count, max(1, round(math.sqrt(count * height / width))))
        self.lines = math.ceil(count / self.columns)
        self.zoom = max(1, math.ceil(TILE / max(height, width)))
        self.pitch = (height * self.zoom + MARGIN, width * self.zoom + MARGIN)

    def draw(self, fake: Tensor, score: Callable[[Tensor], Tensor], step: int) -> Image.Image:
        """See `View.draw`; images are in [-1, 1]."""
        height, width = self.pitch
        size = (self.columns * width + MARGIN, self.lines * height + MARGIN + CAPTION)
        page = Image.new("RGB", size, PAPER)
        for index, tile in enumerate(to_uint8(fake)):
            line, column = divmod(index, self.columns)
            image = Image.fromarray(tile.expand(3, -1, -1).permute(1, 2, 0).numpy())
            image = image.resize((width - MARGIN, height - MARGIN), Image.Resampling.NEAREST)
            left, top = column * width, line * height
            page.paste(SEAM, (left, top, left + width + MARGIN, top + height + MARGIN))
            page.paste(image, (left + MARGIN, top + MARGIN))
        if factor := max(size) // (WIDEST + 1):
            page = page.reduce(factor + 1)
        caption = ImageDraw.Draw(page)
        size_now = "" if fake.shape[-1] == self.size else f", {fake.shape[-1]} px"
        caption.text((MARGIN + 2, page.height - 4), f"step {step:,}{size_now}", fill=FAINT, font=font(12), anchor="ls")
        return page


def filled(count: int, columns: int | None) -> int:
    """About as many images, in full rows."""
    return count if columns is None else max(1, round(count / columns)) * columns
