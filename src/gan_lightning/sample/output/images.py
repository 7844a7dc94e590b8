"""Image files, for external scores and large sets."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image

from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.data.pixels import to_uint8
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.output.base import check_images_only
from gan_lightning.sample.sampler import Sampler


class Images:
    """`images/000000.png`, ...: one file a sample, with exactly the generator's pixels.

    Existing files are kept, so that an interrupted command continues; files are written atomically.

    Args:
        n: number of images; scores usually take 50,000.
    """

    @validate_arguments
    def __init__(self, *, n: LargeCount = 1000) -> None:
        self.n = n

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""
        check_images_only("images", sampler, "output=points writes them to a file")

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        target = folder / "images"
        target.mkdir(exist_ok=True)
        existing = set(os.listdir(target))
        for start in range(0, self.n, sampler.batch):
            indices = range(start, min(start + sampler.batch, self.n))
            if all(_name(index) in existing for index in indices):
                continue
            batch = range(start, start + sampler.batch)
            # Always whole batches: the rounding of a sample depends on the batch size.
            samples = to_uint8(sampler(sampler.latents(batch), sampler.labels(batch)))
            for index, pixels in zip(indices, samples.permute(0, 2, 3, 1), strict=False):
                if _name(index) not in existing:
                    save_png(Image.fromarray(pixels.squeeze(2).numpy()), target / _name(index))
        return [target]


def _name(index: int) -> str:
    return f"{index:06d}.png"
