"""PNG files of 16 bits a value, which Pillow writes of grey images alone."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from torch import Tensor

from gan_lightning.core.atomic_file import write_bytes

KINDS = {1: 0, 3: 2, 4: 6}  # colour type of the format, by the number of channels


def save_deep_png(planes: Tensor, target: Path) -> None:
    """Writes an image uint16 [C, H, W], of 1 (grey), 3 (RGB) or 4 (RGBA) channels; see `atomic_replace`.

    The format is that of the PNG specification (ISO/IEC 15948), without interlacing, each line by its difference to the
    one above (filter 2).
    """
    channels, height, width = planes.shape
    lines = planes.permute(1, 2, 0).numpy().astype(">u2").reshape(height, -1).view(np.uint8)
    differences = np.diff(lines, axis=0, prepend=np.zeros_like(lines[:1]))  # bytes, modulo 256
    filtered = np.concatenate([np.full((height, 1), 2, np.uint8), differences], axis=1)
    chunks = [
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, KINDS[channels], 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(filtered.tobytes())),
        _chunk(b"IEND", b""),
    ]
    write_bytes(target, b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
