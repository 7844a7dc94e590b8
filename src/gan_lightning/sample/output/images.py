"""Single images, for programs that score them and for people who want many."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.pixels import to_uint8
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.output.base import refuse_points
from gan_lightning.sample.sampler import Sampler


class Images:
    """`images/000000.png`, ...: one file a sample, of exactly the generator's pixels.

    Files that are there are left and not made again, so that a command that was broken off goes on; each is whole.

    Args:
        n: how many; scores usually take 50,000.
    """

    @validate_arguments
    def __init__(self, *, n: Count = 1000) -> None:
        self.n = n

    def check(self, sampler: Sampler) -> None:
        """See `What.check`."""
        refuse_points("images", sampler, "output=points writes them to a file")

    def make(self, sampler: Sampler, look: SamplePlot, folder: Path) -> list[Path]:
        """See `What.make`."""
        target = folder / "images"
        target.mkdir(exist_ok=True)
        there = set(os.listdir(target))
        for start in range(0, self.n, sampler.batch):
            numbers = range(start, min(start + sampler.batch, self.n))
            if all(_name(number) in there for number in numbers):
                continue
            whole = range(start, start + sampler.batch)
            # Always whole batches: in the last digit a sample depends on how many are made at once.
            samples = to_uint8(sampler(sampler.latents(whole), sampler.labels(whole)))
            for number, pixels in zip(numbers, samples.permute(0, 2, 3, 1), strict=False):
                if _name(number) not in there:
                    with atomic_replace(target / _name(number)) as beside:
                        Image.fromarray(pixels.squeeze(2).numpy()).save(beside, "PNG")
        return [target]


def _name(number: int) -> str:
    return f"{number:06d}.png"
