"""Folders with damaged images of every format."""

from __future__ import annotations

import io
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, features
from torch import Tensor

from benchmarks.fuzz.forked import run_cases
from benchmarks.fuzz.result import Result
from gan_lightning.core.errors import UsageError
from gan_lightning.data.image_folder import ImageFolder
from gan_lightning.data.sample_source import SampleTable

LIMIT = 30.0  # seconds for one folder
SIZE = 8
BATCH = 200  # folders that one child reads

MODES = {
    ".png": ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"),
    ".jpg": ("RGB", "L", "CMYK"),
    ".gif": ("P", "L"),
    ".tif": ("RGB", "RGBA", "L", "I;16", "F", "CMYK", "1", "LAB"),
    ".bmp": ("RGB", "L", "1"),
    ".ppm": ("RGB",),
    ".pgm": ("L",),
    ".tga": ("RGB", "RGBA", "L"),
    ".ico": ("RGBA",),
} | ({".webp": ("RGB", "RGBA")} if features.check("webp") else {})


@dataclass(frozen=True)
class Damage:
    """A damaged file.

    Attributes:
        name: of the file.
        content: its bytes.
        description: what was done to it.
    """

    name: str
    content: bytes
    description: str

    def __str__(self) -> str:
        return f"{self.name}: {self.description}"


def damages(seed: int, count: int) -> Iterator[Damage]:
    """Files of random formats and modes, each damaged in one of many ways."""
    rng = random.Random(seed)
    for number in range(count):
        suffix = rng.choice(list(MODES))
        mode = rng.choice(MODES[suffix])
        content, description = _damaged(rng, bytearray(_image(rng, mode, suffix)))
        name = f"{number:05d}{suffix if rng.random() < 0.9 else rng.choice(list(MODES))}"
        yield Damage(name, content, f"{mode} as {suffix}, {description} (case {number} of seed {seed})")


def _image(rng: random.Random, mode: str, suffix: str) -> bytes:
    width, height = rng.choice((1, 2, 7, 16, 33)), rng.choice((1, 3, 16, 40))
    noise = np.random.default_rng(rng.randrange(2**32)).integers(0, 256, (height, width, 3)).astype(np.uint8)
    picture = Image.fromarray(noise)
    if mode == "I;16":
        picture = Image.fromarray(noise[..., 0].astype(np.uint16) * 257)
    elif mode == "LAB":
        picture = Image.frombytes("LAB", picture.size, picture.tobytes())
    else:
        picture = picture.convert(mode)
    file = io.BytesIO()
    picture.save(file, {".jpg": "JPEG", ".tif": "TIFF", ".pgm": "PPM"}.get(suffix, suffix[1:].upper()))
    return file.getvalue()


def _damaged(rng: random.Random, content: bytearray) -> tuple[bytes, str]:
    kind = rng.choice(("flip", "flip", "flip", "cut", "insert", "zeros", "ones", "repeat", "header", "empty", "none"))
    at = rng.randrange(len(content))
    if kind == "flip":
        for _ in range(rng.choice((1, 1, 2, 5, 20))):
            at = rng.randrange(min(len(content), rng.choice((64, 10**9))))
            content[at] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del content[at:]
    elif kind == "insert":
        content[at:at] = rng.randbytes(rng.choice((1, 4, 100)))
    elif kind == "zeros":
        content[at : at + 16] = bytes(len(content[at : at + 16]))
    elif kind == "ones":
        content[at : at + 4] = b"\xff" * len(content[at : at + 4])
    elif kind == "repeat":
        content[at:at] = content[:at]
    elif kind == "header":
        content[:4] = rng.randbytes(4)
    elif kind == "empty":
        content.clear()
    return bytes(content), kind


def levels(images: Tensor) -> Tensor:
    """Images as uint8; floats in [-1, 1] are those of a folder where one has more than 8 bits."""
    return images if images.dtype == torch.uint8 else ((images.double() + 1) * 127.5).round().to(torch.uint8)


def check(damage: Damage) -> str:
    """Reads a folder of three whole images and the damaged one; what was wrong, "" if nothing.

    Right is: refused by a line that names the file, or the range to type for more than 8 bits; or read without changing
    the other images.
    """
    with tempfile.TemporaryDirectory() as home:
        root = Path(home, "photos")
        root.mkdir()
        whole = np.arange(3 * SIZE * SIZE * 3, dtype=np.uint8).reshape(3, SIZE, SIZE, 3)
        for number, pixels in enumerate(whole):
            Image.fromarray(pixels).save(root / f"whole{number}.png")
        (root / damage.name).write_bytes(damage.content)
        for unreadable in ("refuse", "skip"):
            data = ImageFolder(
                root=str(root),
                size=SIZE,
                held_out=0.3,
                unreadable=unreadable,
                cache=str(Path(home, "cache")),
            )
            try:
                data.prepare_data()
                data.setup("fit")
            except UsageError as error:
                named = damage.name in str(error) and unreadable == "refuse"
                if not named and "set data.range=" not in str(error):
                    return f"data.unreadable={unreadable} is refused: {error}"
                continue
            tables = [table for table in (data.train, data.held_out) if isinstance(table, SampleTable)]
            rows = [levels(table.rows[torch.arange(len(table))]) for table in tables]
            images = {image.numpy().tobytes() for row in rows for image in row}
            if not images >= {image.tobytes() for image in whole.transpose(0, 3, 1, 2)}:
                return f"data.unreadable={unreadable} changes the other images"
    return ""


def damaged_images(seed: int, count: int, directory: Path) -> Iterator[Result]:
    """So many folders with a damaged image each."""
    cases = list(damages(seed, count))
    for first in range(0, count, BATCH):
        for case, wrong in run_cases(check, cases[first : first + BATCH], LIMIT, directory):
            yield Result("damaged images", str(case), wrong)
