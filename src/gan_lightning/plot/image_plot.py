"""Plots of images: grids, captioned tables and animations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from PIL import Image, ImageDraw
from torch import Tensor

from gan_lightning.plot.block import Block
from gan_lightning.plot.colours import to_rgb
from gan_lightning.plot.mosaic import MARGIN, WIDEST, mosaic, zoom_of
from gan_lightning.plot.style import FAINT, INK, PAPER, SEAM, font

FOOT = 20  # pixels below a grid, for its step
EDGE, TITLE, CAPTIONS, GAP = 12, 24, 18, 20  # pixels of a table: around it, for lines of text, between blocks


class ImagePlot:
    """`SamplePlot` of images in [-1, 1].

    Args:
        shape: of one image, (channels, height, width).
        count: images in a grid; rounded to full rows if `columns` is given.
        columns: of a grid; None: about square.
        bands: channels that are drawn; see `to_rgb`.
        captions: above the columns of grids; None: none.
        names: above each image of a grid, in turn; None: none.
    """

    num_rows = 6

    def __init__(
        self,
        shape: tuple[int, ...],
        count: int = 64,
        columns: int | None = None,
        bands: Sequence[int] | None = None,
        captions: Sequence[str] | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        self.shape, self.columns, self.bands, self.captions, self.names = shape, columns, bands, captions, names
        self.num_samples = count if columns is None else max(1, round(count / columns)) * columns

    def snapshot(self, samples: Tensor, critic: Callable[[Tensor], Tensor], step: int) -> Image.Image:
        """A grid of images; those of a progressive generator at a lower resolution fill the same tiles."""
        return image_grid(samples, step, self.columns, self.shape, self.bands, self.captions, self.names)

    def sheet(self, samples: Tensor, step: int) -> Image.Image:
        """A grid of images."""
        return image_grid(samples, step, self.columns, bands=self.bands, captions=self.captions, names=self.names)

    def pages(self, samples: Tensor, step: int) -> Iterator[Image.Image]:
        """Grids of `num_samples` images each, the last of the rest; all in one where images have no names."""
        if not self.names or len(samples) <= self.num_samples:
            yield self.sheet(samples, step)
            return
        names = [self.names[k % len(self.names)] for k in range(len(samples))]
        columns = self.columns or grid_columns(self.num_samples, *self.shape[1:])
        for start in range(0, len(samples), self.num_samples):
            part = slice(start, start + self.num_samples)
            yield image_grid(samples[part], step, columns, bands=self.bands, names=names[part])

    def table(self, blocks: Sequence[Block]) -> Image.Image:
        """Grids of images with a title, and a caption above each column."""
        widest = max(block.samples.shape[1] for block in blocks)
        grids = [mosaic(block.samples, (1, widest), self.bands) for block in blocks]
        head = TITLE + CAPTIONS
        height = 2 * EDGE + sum(head + grid.height for grid in grids) + GAP * (len(grids) - 1)
        page = Image.new("RGB", (max(grid.width for grid in grids) + 2 * EDGE, height), PAPER)
        pen, top = ImageDraw.Draw(page), EDGE
        for block, grid in zip(blocks, grids, strict=True):
            pen.text((EDGE, top), block.title, fill=INK, font=font(14))
            pitch = grid.width / len(block.captions)
            for column, caption in enumerate(block.captions):
                middle = EDGE + (column + 0.5) * pitch
                pen.text((middle, top + head - 4), caption, fill=FAINT, font=font(11), anchor="ms")
            page.paste(grid, (EDGE, top + head))
            top += head + grid.height + GAP
        return page

    def interpolations(self, blocks: Sequence[Block]) -> Image.Image:
        """The same as `table`."""
        return self.table(blocks)

    def frames(self, path: Tensor, count: int) -> Iterator[Image.Image]:
        """Grids of `count` images, about square."""
        rows = max(r for r in range(1, count + 1) if count % r == 0 and r * r <= count)
        for step in range(len(path)):
            samples = path.roll(-step, 0)[:: len(path) // count]
            yield mosaic(samples.reshape(rows, -1, *path.shape[1:]), bands=self.bands)


def image_grid(
    images: Tensor,
    step: int,
    columns: int | None = None,
    shape: tuple[int, ...] | None = None,
    bands: Sequence[int] | None = None,
    captions: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
) -> Image.Image:
    """A grid of images, row by row, above a caption with the step.

    Small images are enlarged by an integer factor, each pixel a square, so that tiles contain the exact pixels of the
    generator. Only grids wider than 2,048 pixels are reduced.

    Args:
        images: in [-1, 1], [n, C, H, W].
        step: training step of the caption.
        columns: of the grid; None: about square.
        shape: of the images that tiles are made for, if images of a lower resolution fill the same tiles.
        bands: channels that are drawn; see `to_rgb`.
        captions: above the columns.
        names: above each image, in turn.
    """
    _, height, width = shape or images.shape[1:]
    columns = columns or grid_columns(len(images), height, width)
    zoom = zoom_of(height, width)
    down, right = height * zoom + MARGIN, width * zoom + MARGIN
    size = (columns * right + MARGIN, math.ceil(len(images) / columns) * down + MARGIN + FOOT)
    page = Image.new("RGB", size, PAPER)
    for index, tile in enumerate(to_rgb(images, bands)):
        row, column = divmod(index, columns)
        image = Image.fromarray(tile.permute(1, 2, 0).contiguous().numpy())
        image = image.resize((right - MARGIN, down - MARGIN), Image.Resampling.NEAREST)
        left, top = column * right, row * down
        page.paste(SEAM, (left, top, left + right + MARGIN, top + down + MARGIN))
        page.paste(image, (left + MARGIN, top + MARGIN))
    if factor := max(size) // (WIDEST + 1):
        page = page.reduce(factor + 1)
    resolution = "" if images.shape[-1] == width else f", {min(images.shape[-2:])} px"
    caption = f"step {step:,}{resolution}"
    ImageDraw.Draw(page).text((MARGIN + 2, page.height - 4), caption, fill=FAINT, font=font(12), anchor="ls")
    pitch = (page.width - MARGIN) / columns
    if names is not None:
        return _with_names(page, [names[k % len(names)] for k in range(len(images))], columns, down / size[1])
    return page if captions is None else _with_captions(page, captions, pitch)


def _with_captions(grid: Image.Image, captions: Sequence[str], pitch: float) -> Image.Image:
    """The grid below its columns' captions, which are cut where they are wider than a column."""
    page = Image.new("RGB", (grid.width, grid.height + CAPTIONS), PAPER)
    page.paste(grid, (0, CAPTIONS))
    pen, type_ = ImageDraw.Draw(page), font(11)
    for column, caption in enumerate(captions):
        text = caption
        while len(text) > 1 and pen.textlength(text, font=type_) > pitch - MARGIN:
            text = text.removesuffix("…")[:-1] + "…"
        pen.text((MARGIN / 2 + (column + 0.5) * pitch, CAPTIONS - 4), text, fill=FAINT, font=type_, anchor="ms")
    return page


def _with_names(grid: Image.Image, names: Sequence[str], columns: int, part: float) -> Image.Image:
    """The grid with the names of its images above each row, which is this part of its height."""
    rows, pitch = math.ceil(len(names) / columns), part * grid.height
    page = Image.new("RGB", (grid.width, grid.height + rows * CAPTIONS + (rows - 1) * MARGIN), PAPER)
    for row in range(rows):
        top, end = round(row * pitch), grid.height if row == rows - 1 else round((row + 1) * pitch) + MARGIN
        strip = grid.crop((0, top, grid.width, end))
        named = _with_captions(strip, names[row * columns : (row + 1) * columns], (grid.width - MARGIN) / columns)
        page.paste(named, (0, top + row * (CAPTIONS + MARGIN)))
    return page


def grid_columns(count: int, height: int, width: int) -> int:
    """Columns of an about square grid of `count` images."""
    return min(count, max(1, round(math.sqrt(count * height / width))))
