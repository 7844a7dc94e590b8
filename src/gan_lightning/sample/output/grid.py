"""Grid of samples."""

from __future__ import annotations

from pathlib import Path

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.validation import MediumCount, validate_arguments
from gan_lightning.plot.image_plot import ImagePlot
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.sampler import Sampler


class Grid:
    """`grid.png`: the samples 0, 1, 2, ... of the seed, row by row; points as a scatter plot.

    Of more than 16 named classes in pages of 64 images: `grid.png`, `grid_2.png`, ...

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
        n, classes = self.n or plot.num_samples, sampler.classes if sampler.label is None else 0
        samples = sampler(sampler.latents(range(n)))
        step = sampler.trained.step
        pages = plot.pages(samples, step) if isinstance(plot, ImagePlot) else [plot.sheet(samples, step)]
        made = []
        for number, page in enumerate(pages, start=1):
            made.append(folder / ("grid.png" if number == 1 else f"grid_{number}.png"))
            save_png(page, made[-1])
        if n < classes:
            print_rank_zero(f"grid.png shows {n} of the {classes:,} classes: output.grid.n={classes} makes all of them")
        return made
