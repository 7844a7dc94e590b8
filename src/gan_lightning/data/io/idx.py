"""The idx format of MNIST's files: big-endian sizes, then the bytes, possibly inside gzip."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError


def read_idx(path: Path) -> Tensor:
    """The uint8 array in an idx file, gzipped or not (by content, not by name).

    Raises:
        UsageError: the file isn't idx, isn't of unsigned bytes, or is cut short.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise UsageError(f"{path} is a damaged gzip file ({error}): fetch it again") from error
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise UsageError(f"{path} is not an idx file of unsigned bytes (it begins {data[:4].hex(' ')}): fetch it again")
    start = 4 + 4 * data[3]
    if len(data) < start or data[3] > 3:
        raise UsageError(f"{path} ends within its header: fetch it again")
    sizes = struct.unpack(f">{data[3]}I", data[4:start])
    if len(data) - start != math.prod(sizes):
        shape = " × ".join(map(str, sizes))
        raise UsageError(f"{path} should hold {shape} bytes but holds {len(data) - start}: fetch it again")
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)[start:].reshape(sizes)
