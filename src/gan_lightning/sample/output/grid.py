"""Grid of samples."""

from __future__ import annotations

from pathlib import Path

from gan_lightning.core.validation import MediumCount, validate_arguments
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.sampler import Sampler


class Grid:
    """`grid.png`: the samples 0, 1, 2, ... of the seed, row by row; points as a scatter plot.

    Args:
        n: number of samples; null is 64 images or 1,000 points.
    """

    @validate_arguments
    def __init__(self, *, n: MediumCount | None = None) -> None:
        self.n = n

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        samples = sampler(sampler.latents(range(self.n or plot.num_samples)))
        save_png(plot.sheet(samples, sampler.trained.step), folder / "grid.png")
        return [folder / "grid.png"]
