"""A table of pictures, each with a score and a verdict below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw

from gan_lightning.plot.style import FAINT, HAIR, INK, PAPER, font

COLORS = {"success": "#0b7a75", "collapse": "#b26a00", "failure": "#b3261e"}
SIDE, GAP, EDGE, HEAD, FOOT = 240, 16, 16, 30, 40  # pixels of a picture, between, around, above and below it


class ResultCell(NamedTuple):
    """What a cell shows: a picture, where there is one, and two lines below it."""

    picture: Image.Image | None
    word: str
    line: str


def result_grid(rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[ResultCell]]) -> Image.Image:
    """All cells under the names of their columns, beside those of their rows.

    Args:
        rows: names, from above.
        columns: names, from the left.
        cells: [rows][columns]; a verdict has a frame and a word in its colour.
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


def _draw(page: Image.Image, pen: ImageDraw.ImageDraw, place: tuple[int, int], cell: ResultCell) -> None:
    x, y = place
    color = COLORS.get(cell.word, FAINT)
    if cell.picture is not None:
        picture = cell.picture.copy()
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        page.paste(picture, (x + (SIDE - picture.width) // 2, y + (SIDE - picture.height) // 2))
    frame = (x - 3, y - 3, x + SIDE + 2, y + SIDE + 2)
    pen.rectangle(frame, outline=color if cell.word in COLORS else HAIR, width=3)
    pen.text((x, y + SIDE + 14), cell.word, fill=color, font=font(14), anchor="lm")
    pen.text((x, y + SIDE + 32), cell.line, fill=FAINT, font=font(12), anchor="lm")
