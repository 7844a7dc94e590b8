"""Pictures one after the other."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

FRAMES = 60
BYTES = 10_000_000
FIRST, LAST = 600, 2_500  # milliseconds


def film(pictures: Sequence[Path], target: Path) -> None:
    """Writes an endless GIF of about six seconds, whose last frame is held.

    Of many pictures it takes 60, evenly spaced, the first and the last among them; fewer, where the file would be
    larger than 10 MB. Pictures that differ in size from the last are left out.
    """
    sizes = {path: _size(path) for path in pictures}
    same = [path for path in pictures if sizes[path] == sizes[pictures[-1]]]
    for most in (FRAMES, FRAMES // 2, FRAMES // 4):
        data = _gif(thinned(same, most))
        if len(data) <= BYTES:
            break
    target.write_bytes(data)


def thinned(pictures: Sequence[Path], most: int) -> list[Path]:
    """At most `most` of them, evenly spaced, with the first and the last."""
    if len(pictures) <= most:
        return list(pictures)
    return [pictures[round(k * (len(pictures) - 1) / (most - 1))] for k in range(most)]


def _gif(pictures: Sequence[Path]) -> bytes:
    frames = [_frame(path) for path in pictures]
    each = min(300, max(80, 6_000 // len(frames)))
    durations = [FIRST, *[each] * (len(frames) - 2), LAST][-len(frames) :]
    data = io.BytesIO()
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return data.getvalue()


def _frame(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        frame: Image.Image = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        return frame


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        size: tuple[int, int] = picture.size
        return size
