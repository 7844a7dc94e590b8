"""A film without an end."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from gan_lightning.plot.film import BYTES

EACH = 80  # milliseconds


def loop(frames: Sequence[Image.Image], target: Path) -> None:
    """Writes an endless GIF whose last frame leads to its first.

    Where the file would be larger than 10 MB, it takes every second frame, or every fourth, for twice or four times
    as long.
    """
    for every in (1, 2, 4):
        data = _gif(frames[::every], EACH * every)
        if len(data) <= BYTES:
            break
    target.write_bytes(data)


def _gif(frames: Sequence[Image.Image], each: int) -> bytes:
    first, *others = (frame.quantize(256, dither=Image.Dither.NONE) for frame in frames)
    data = io.BytesIO()
    first.save(data, "GIF", save_all=True, append_images=others, duration=each, loop=0)
    return data.getvalue()
