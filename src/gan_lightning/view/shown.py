"""A picture as what a notebook's cell comes to."""

from __future__ import annotations

import io
from collections.abc import Sequence

from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from gan_lightning.view.series import SHARP
from gan_lightning.view.style import INK, PAPER, font, image_of

GAP, LINE = 16, 22  # pixels of the page: between pictures, and above them for captions


class Shown:
    """Pictures and figures side by side, which a notebook shows when they are a cell's last line.

    They are stored in 256 colours, in a third of the bytes: notebooks keep their pictures.

    Args:
        pictures: made as high as the lowest of them.
        captions: of each, or none.
        width: of all of them on the page, in its pixels, behind each of which are two of the picture's where it has
            them; by default 900, and less where that would enlarge.
    """

    def __init__(self, *pictures: Image.Image | Figure, captions: Sequence[str] = (), width: int = 900) -> None:
        found = [_drawn(one) if isinstance(one, Figure) else one for one in pictures]
        height = min(one.height for one in found)
        sizes = [(one.width * height // one.height, height) for one in found]
        gaps = SHARP * GAP * (len(found) - 1)
        scale = min(1.0, (SHARP * width - gaps) / sum(wide for wide, _ in sizes))
        sizes = [(round(scale * wide), round(scale * high)) for wide, high in sizes]
        top = SHARP * LINE if captions else 0
        self.picture = Image.new("RGB", (sum(wide for wide, _ in sizes) + gaps, top + sizes[0][1]), PAPER)
        self.width = min(width, self.picture.width)
        pen, left = ImageDraw.Draw(self.picture), 0
        for index, (one, size) in enumerate(zip(found, sizes, strict=True)):
            self.picture.paste(one.resize(size, Image.Resampling.LANCZOS) if size != one.size else one, (left, top))
            if captions:
                pen.text((left + SHARP * 4, 0), captions[index], fill=INK, font=font(SHARP * 12))
            left += size[0] + SHARP * GAP

    def __repr__(self) -> str:
        return f"picture of {self.picture.width} × {self.picture.height} pixels"

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        data = io.BytesIO()
        self.picture.quantize(256, dither=Image.Dither.NONE).save(data, "PNG", optimize=True)
        return data.getvalue(), {"width": self.width}


def _drawn(page: Figure) -> Image.Image:
    page.set_layout_engine("constrained")
    return image_of(page)
