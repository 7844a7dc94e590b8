"""Animated GIFs of at most 10 MB that repeat endlessly."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image

from gan_lightning.core.atomic_file import write_bytes
from gan_lightning.plot.picture_file import is_whole

MAX_FRAMES = 60
MAX_BYTES = 10_000_000
FIRST, LAST, EACH = 600, 2_500, 80  # milliseconds of the first and last image of a training, and of a frame of a loop


def write_training_gif(images: Sequence[Path], target: Path) -> None:
    """Writes a GIF of about six seconds of image files; the last frame is shown longer.

    Of more than 60 files it uses 60, evenly spaced, with the first and the last; fewer if the GIF would be larger than
    10 MB. Images whose size differs from the last one's are omitted, and damaged ones, with a warning; without any
    image nothing is written.
    """
    images = [path for path in images if is_whole(path)]
    if not images:
        return
    sizes = {path: _size(path) for path in images}
    same = [path for path in images if sizes[path] == sizes[images[-1]]]
    write_bytes(target, _smallest(_training_gif(thinned(same, MAX_FRAMES // every)) for every in (1, 2, 4)))


def write_loop_gif(frames: Sequence[Image.Image], target: Path) -> None:
    """Writes a GIF whose last frame leads to its first.

    If it would be larger than 10 MB, every second or fourth frame is used, for twice or four times as long.
    """
    write_bytes(target, _smallest(_gif(frames[::every], EACH * every) for every in (1, 2, 4)))


def thinned(images: Sequence[Path], most: int) -> list[Path]:
    """At most `most` of them, evenly spaced, with the first and the last."""
    if len(images) <= most:
        return list(images)
    return [images[round(k * (len(images) - 1) / (most - 1))] for k in range(most)]


def _smallest(encodings: Iterable[bytes]) -> bytes:
    """The first encoding within `MAX_BYTES`, or the last."""
    data = b""
    for data in encodings:
        if len(data) <= MAX_BYTES:
            break
    return data


def _training_gif(images: Sequence[Path]) -> bytes:
    each = min(300, max(80, 6_000 // len(images)))
    durations = [FIRST, *[each] * (len(images) - 2), LAST][-len(images) :]
    return _gif([_read(path) for path in images], durations)


def _gif(frames: Sequence[Image.Image], durations: int | list[int]) -> bytes:
    first, *others = (frame.convert("RGB").quantize(256, dither=Image.Dither.NONE) for frame in frames)
    data = io.BytesIO()
    first.save(data, "GIF", save_all=True, append_images=others, duration=durations, loop=0)
    return data.getvalue()


def _read(path: Path) -> Image.Image:
    with Image.open(path) as image:
        frame: Image.Image = image.convert("RGB")
        return frame


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        size: tuple[int, int] = image.size
        return size
