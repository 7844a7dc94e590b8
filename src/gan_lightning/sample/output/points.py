"""File of points of the plane."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.sampler import Sampler


class Points:
    """`points.npy`, float32 [n, 2], and a scatter plot of them, `points.png`.

    Args:
        n: number of points.
    """

    @validate_arguments
    def __init__(self, *, n: LargeCount = 10_000) -> None:
        self.n = n

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""
        if sampler.shape != (2,):
            raise UsageError(
                "output=points writes points of the plane, and this generator makes images: output=images does"
            )

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        samples = sampler(sampler.latents(range(self.n)))
        with atomic_replace(folder / "points.npy") as beside, beside.open("wb") as file:
            np.save(file, samples.numpy())
        save_png(plot.sheet(samples, sampler.trained.step), folder / "points.png")
        return [folder / "points.npy", folder / "points.png"]
