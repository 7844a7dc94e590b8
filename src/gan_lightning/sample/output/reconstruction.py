"""Held-out samples and their reconstructions, of generators with an encoder."""

from __future__ import annotations

from pathlib import Path

import torch

from gan_lightning.core.validation import MediumCount, SmallCount, validate_arguments
from gan_lightning.plot.block import Block
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.encoding import HeldOutEncoder
from gan_lightning.sample.sampler import Sampler


class Reconstruction:
    """`reconstruction.png`: held-out samples x of the run's data, and below each its reconstruction G(E(x)).

    E(x) is the mean latent. Points stand in a panel of their own.

    Args:
        n: held-out samples.
        columns: samples in a row of images.
    """

    @validate_arguments
    def __init__(self, *, n: MediumCount = 48, columns: SmallCount = 16) -> None:
        self.n, self.columns = n, columns

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`. Reads the data.

        Raises:
            UsageError: the generator has no encoder, or there are no held-out samples.
        """
        self._held_out = HeldOutEncoder(sampler, "reconstruction")

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        real = self._held_out.samples(max(self.n, plot.num_rows) if len(sampler.shape) == 1 else self.n)
        again = sampler(self._held_out.latents(real))
        error = (real - again).square().mean()
        title = f"mean squared error {error:.3g}"
        if len(sampler.shape) == 1:
            blocks = [Block(title, ["held out", "reconstruction"], torch.stack([real, again], 1))]
        else:
            rows = zip(torch.split(real, self.columns), torch.split(again, self.columns), strict=True)
            blocks = [Block("", [""] * len(row[0]), torch.stack(row)) for row in rows]
            blocks[0] = blocks[0]._replace(title=f"held-out samples, and below each its reconstruction: {title}")
        save_png(plot.table(blocks), folder / "reconstruction.png")
        return [folder / "reconstruction.png"]
