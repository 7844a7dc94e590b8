"""PNG files of 16 bits."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.plot.deep_png import save_deep_png


def values(file: Path, channels: int) -> np.ndarray:
    """The values in a file of filter 2, from its bytes."""
    content, at, packed = file.read_bytes(), 8, b""
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height = struct.unpack(">II", content[16:24])
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, -1)
    assert (lines[:, 0] == 2).all()
    whole = np.cumsum(lines[:, 1:], axis=0, dtype=np.uint8)
    return whole.copy().view(">u2").reshape(height, width, channels)


@pytest.mark.parametrize(("channels", "mode"), [(1, "I;16"), (3, "RGB"), (4, "RGBA")])
def test_every_value_is_written(tmp_path: Path, channels: int, mode: str) -> None:
    image = np.random.default_rng(0).integers(0, 65536, (channels, 5, 7)).astype(np.uint16)
    save_deep_png(torch.from_numpy(image), tmp_path / "a.png")
    assert np.array_equal(values(tmp_path / "a.png", channels), image.transpose(1, 2, 0))
    with Image.open(tmp_path / "a.png") as opened:
        assert (opened.mode, opened.size) == (mode, (7, 5))
        upper = np.asarray(opened)
    own = image.transpose(1, 2, 0).squeeze()
    assert np.array_equal(upper, own if channels == 1 else own >> 8)  # of colours, Pillow reads the upper 8 bits
