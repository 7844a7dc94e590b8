"""Videos in MP4."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.extras import import_extra
from gan_lightning.plot.style import PAPER

FPS = 20


def write_video(frames: Sequence[Image.Image], target: Path) -> None:
    """Writes an MP4 (H.264) of 20 frames a second, all of one size; odd sizes get a line more.

    Raises:
        UsageError: imageio-ffmpeg is not installed.
    """
    ffmpeg = import_extra("imageio_ffmpeg", "video")
    width, height = (length + length % 2 for length in frames[0].size)
    with atomic_replace(target) as beside:
        options = {"fps": FPS, "macro_block_size": 2, "output_params": ["-f", "mp4"], "ffmpeg_log_level": "error"}
        writer = ffmpeg.write_frames(str(beside), (width, height), **options)
        writer.send(None)
        for frame in frames:
            page = Image.new("RGB", (width, height), PAPER)
            page.paste(frame)
            writer.send(np.ascontiguousarray(page))
        writer.close()
