"""Times the preparation of a folder of photos, which are decoded once into a memory map: all cores against one.

    python -m benchmarks.decoding                  20,000 photos, 0.8 GB in a temporary folder
    python -m benchmarks.decoding --images 2000

Photos are JPEG files of about 400 × 300 px, of shapes in noise, and become 3 × 64 × 64. `one core` decodes a tenth of
them. Seconds are those of the clock and count the writing; `again` is the same folder once more, and `a batch` the 64
random images of a critic update from the memory map.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import torch
from PIL import Image

from benchmarks.timing import Line, medians, parser, show, write
from gan_lightning.data.io.find_images import find_images
from gan_lightning.data.io.folder_cache import FolderCache, available_cores
from gan_lightning.data.io.image_files import ImageFiles
from gan_lightning.data.io.memmap import MemmapRows

IMAGES, DIFFERENT, SHAPE = 20_000, 100, (3, 64, 64)


def photos(root: Path, count: int) -> ImageFiles:
    """Writes photos, of which `DIFFERENT` have contents of their own."""
    rng, contents = np.random.default_rng(0), list[bytes]()
    root.mkdir()
    for number in range(count):
        file = root / f"{number:06d}.jpg"
        if number >= DIFFERENT:
            file.write_bytes(contents[number % DIFFERENT])
            continue
        width, height = int(rng.integers(380, 421)), int(rng.integers(285, 316))
        coarse = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
        noisy = (smooth + rng.integers(-12, 13, smooth.shape)).clip(0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(file, quality=88)
        contents.append(file.read_bytes())
    return find_images(root)


def timed(name: str, found: ImageFiles, play: Callable[[], object]) -> Line:
    """A line of the table."""
    clock, core = perf_counter(), process_time()
    play()
    seconds, used = perf_counter() - clock, process_time() - core
    count = len(found.names)
    return {
        "what": name,
        "images": count,
        "seconds": seconds,
        "images/s": count / seconds,
        "CPU ms an image": 1e3 * used / count,
    }


def main() -> None:
    """Prints the table."""
    options = parser(__doc__)
    options.add_argument("--images", type=int, default=IMAGES)
    arguments = options.parse_args()
    torch.set_num_threads(1)
    count = 40 if arguments.quick else arguments.images
    with tempfile.TemporaryDirectory() as folder:
        found, home = photos(Path(folder) / "photos", count), Path(folder) / "cache"
        cache = FolderCache(found, SHAPE, home)
        lines = [timed(f"all {available_cores()} cores", found, cache.make)]
        lines.append(timed("again", found, cache.content))
        if hasattr(os, "sched_setaffinity"):
            tenth, cores = found.only(lambda name: name.stem.endswith("0")), os.sched_getaffinity(0)
            os.sched_setaffinity(0, {min(cores)})
            lines.append(timed("one core", tenth, FolderCache(tenth, SHAPE, home).make))
            os.sched_setaffinity(0, cores)
        show(lines)
        rows, rng = MemmapRows(cache.path, torch.arange(count)), torch.Generator().manual_seed(0)
        batch = medians({"a batch": lambda: rows[torch.randint(count, (64,), generator=rng)]})["a batch"]
        print(f"a batch of 64 from the memory map: {1e3 * batch:.2f} ms")
    write(arguments.json, [*lines, {"what": "a batch", "seconds": batch}])


if __name__ == "__main__":
    main()
