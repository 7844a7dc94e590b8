"""Images and figures as the output of a notebook cell."""

from __future__ import annotations

import io
from collections.abc import Sequence

from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from gan_lightning.plot.series import SHARP
from gan_lightning.plot.style import INK, PAPER, font, image_of

GAP, LINE = 16, 22  # pixels of the page: between pictures, and above them for captions


class NotebookFigure:
    """Images and figures side by side, displayed by a notebook as a cell's last expression.

    They are stored in 256 colours, which halves the size of the notebook.

    Args:
        pictures: images and figures, scaled to the height of the lowest.
        captions: one for each, or none.
        width: largest total width, in pixels of the page. The stored image has up to two pixels for each; none is
            enlarged.
    """

    def __init__(self, *pictures: Image.Image | Figure, captions: Sequence[str] = (), width: int = 900) -> None:
        images = [_drawn(one) if isinstance(one, Figure) else one for one in pictures]
        high = min(
            one.height / (SHARP if isinstance(given, Figure) else 1)
            for one, given in zip(images, pictures, strict=True)
        )
        wide = sum(one.width / one.height for one in images)
        gaps = GAP * (len(images) - 1)
        high = min(high, (width - gaps) / wide)
        sharp = min(SHARP, *(one.height / high for one in images))
        sizes = [(round(sharp * high * one.width / one.height), round(sharp * high)) for one in images]
        top = round(sharp * LINE) if captions else 0
        self.width = round(high * wide) + gaps
        self.picture = Image.new("RGB", (round(sharp * self.width), top + sizes[0][1]), PAPER)
        pen, left = ImageDraw.Draw(self.picture), 0
        for index, (one, size) in enumerate(zip(images, sizes, strict=True)):
            self.picture.paste(one.resize(size, Image.Resampling.LANCZOS) if size != one.size else one, (left, top))
            if captions:
                pen.text((left + sharp * 4, 0), captions[index], fill=INK, font=font(round(sharp * 12)))
            left += size[0] + round(sharp * GAP)

    def __repr__(self) -> str:
        return f"picture of {self.picture.width} × {self.picture.height} pixels"

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        data = io.BytesIO()
        self.picture.quantize(256, dither=Image.Dither.NONE).save(data, "PNG", optimize=True)
        return data.getvalue(), {"width": self.width}


def _drawn(page: Figure) -> Image.Image:
    page.set_layout_engine("constrained")
    return image_of(page)
