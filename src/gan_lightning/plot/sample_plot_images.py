"""Images in sheets and captioned tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image, ImageDraw
from torch import Tensor

from gan_lightning.plot.images import ImageTrainingPlot, filled
from gan_lightning.plot.mosaic import mosaic
from gan_lightning.plot.sample_plot import Block
from gan_lightning.plot.style import FAINT, INK, PAPER, font

EDGE, TITLE, CAPTIONS, GAP = 12, 24, 18, 20  # pixels around the page, for lines of text, and between blocks


class ImageSamplePlot:
    """See `Look`, of images in [-1, 1].

    Args:
        columns: of sheets; None: about square.
    """

    few = 6

    def __init__(self, columns: int | None = None) -> None:
        self.columns = columns
        self.many = filled(64, columns)

    def sheet(self, samples: Tensor, step: int) -> Image.Image:
        """See `Look.sheet`."""
        return ImageTrainingPlot(tuple(samples.shape[1:]), len(samples), self.columns).draw(samples, lambda x: x, step)

    def table(self, blocks: Sequence[Block]) -> Image.Image:
        """See `Look.table`."""
        widest = max(block.samples.shape[1] for block in blocks)
        fields = [mosaic(block.samples, room=(1, widest)) for block in blocks]
        head = TITLE + CAPTIONS
        height = 2 * EDGE + sum(head + field.height for field in fields) + GAP * (len(fields) - 1)
        page = Image.new("RGB", (max(field.width for field in fields) + 2 * EDGE, height), PAPER)
        pen, top = ImageDraw.Draw(page), EDGE
        for block, field in zip(blocks, fields, strict=True):
            pen.text((EDGE, top), block.title, fill=INK, font=font(14))
            pitch = field.width / len(block.captions)
            for column, caption in enumerate(block.captions):
                middle = EDGE + (column + 0.5) * pitch
                pen.text((middle, top + head - 4), caption, fill=FAINT, font=font(11), anchor="ms")
            page.paste(field, (EDGE, top + head))
            top += head + field.height + GAP
        return page

    def interpolations(self, blocks: Sequence[Block]) -> Image.Image:
        """See `Look.ways`."""
        return self.table(blocks)

    def frames(self, ring: Tensor, travellers: int) -> Iterator[Image.Image]:
        """See `Look.frames`; travellers in a grid that is about square."""
        rows = max(r for r in range(1, travellers + 1) if travellers % r == 0 and r * r <= travellers)
        for step in range(len(ring)):
            now = ring.roll(-step, 0)[:: len(ring) // travellers]
            yield mosaic(now.reshape(rows, -1, *ring.shape[1:]))
