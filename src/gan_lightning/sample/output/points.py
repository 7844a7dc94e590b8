"""File of points, series or volumes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.data.io.declared_shape import kind_of
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.sampler import Sampler


class Points:
    """`points.npy`, float32 [n, d], and a plot of them, `points.png`.

    Series [n, C, T] and volumes [n, C, D, H, W], too, of which the plot shows the first ones.

    Args:
        n: number of points, series or volumes.
    """

    @validate_arguments
    def __init__(self, *, n: LargeCount = 10_000) -> None:
        self.n = n

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""
        if kind_of(sampler.shape) == "images":
            raise UsageError("output=points writes points, and this generator makes images: output=images does")

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        samples = sampler(sampler.latents(range(self.n)))
        with atomic_replace(folder / "points.npy") as beside, beside.open("wb") as file:
            np.save(file, samples.numpy())
        shown = samples if len(sampler.shape) == 1 else samples[: plot.num_samples]
        save_png(plot.sheet(shown, sampler.trained.step), folder / "points.png")
        return [folder / "points.npy", folder / "points.png"]
