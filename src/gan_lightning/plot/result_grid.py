"""A table of images, each with an outcome and a score below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw

from gan_lightning.plot.style import FAINT, HAIR, INK, PAPER, font

COLORS = {"success": "#0b7a75", "collapse": "#b26a00", "failure": "#b3261e"}
SIDE, GAP, EDGE, HEAD, FOOT = 240, 16, 16, 30, 40  # pixels of an image, between, around, above and below it


class ResultCell(NamedTuple):
    """A cell: an image or None, and two lines of text below it."""

    image: Image.Image | None
    outcome: str
    line: str


def result_grid(rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[ResultCell]]) -> Image.Image:
    """A table of cells with names of rows and columns.

    Args:
        rows: names, from top to bottom.
        columns: names, from left to right.
        cells: [rows][columns]; each outcome has a colour, for its frame and text.
    """
    left = EDGE + GAP + max(int(font(14).getlength(name)) for name in rows)
    down, right = SIDE + FOOT + GAP, SIDE + GAP
    size = (left + right * len(columns) - GAP + EDGE, EDGE + HEAD + down * len(rows) - GAP + EDGE)
    page = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(page)
    for column, name in enumerate(columns):
        pen.text((left + right * column + SIDE / 2, EDGE + HEAD / 2), name, fill=INK, font=font(14), anchor="mm")
    for row, name in enumerate(rows):
        top = EDGE + HEAD + down * row
        pen.text((left - GAP, top + SIDE / 2), name, fill=INK, font=font(14), anchor="rm")
        for column, cell in enumerate(cells[row]):
            _draw(page, pen, (left + right * column, top), cell)
    return page


def _draw(page: Image.Image, pen: ImageDraw.ImageDraw, corner: tuple[int, int], cell: ResultCell) -> None:
    x, y = corner
    color = COLORS.get(cell.outcome, FAINT)
    if cell.image is not None:
        image = cell.image.copy()
        image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        page.paste(image, (x + (SIDE - image.width) // 2, y + (SIDE - image.height) // 2))
    frame = (x - 3, y - 3, x + SIDE + 2, y + SIDE + 2)
    pen.rectangle(frame, outline=color if cell.outcome in COLORS else HAIR, width=3)
    pen.text((x, y + SIDE + 14), cell.outcome, fill=color, font=font(14), anchor="lm")
    pen.text((x, y + SIDE + 32), cell.line, fill=FAINT, font=font(12), anchor="lm")
