"""Interpolation in latent space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Ge

from gan_lightning.core.validation import SmallCount, validate_arguments
from gan_lightning.plot.block import Block
from gan_lightning.plot.gif import write_loop_gif
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.latent.interpolation import linear, spherical
from gan_lightning.sample.sampler import Sampler


class Interpolation:
    """`interpolation.png`: from sample to sample, linear and spherical; `interpolation.gif`: a closed path.

    Smooth transitions with good samples all the way are a sign of a generator that has learnt rather than memorized
    (Radford et al. 2016, arXiv:1511.06434, section 6.1).

    Args:
        pairs: rows; the first leads from sample 0 to sample 1, the second from 2 to 3.
        steps: columns, both ends included.
        stops: samples 0, 1, ... that the GIF passes on great circles, before it returns to 0.
        frames: of the GIF from one stop to the next.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        pairs: SmallCount = 6,
        steps: Annotated[SmallCount, Ge(2)] = 11,
        stops: Annotated[SmallCount, Ge(2)] = 9,
        frames: SmallCount = 12,
    ) -> None:
        self.pairs, self.steps, self.stops, self.frames = pairs, steps, stops, frames

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        latents, t = sampler.latents(range(2 * self.pairs)), torch.linspace(0, 1, self.steps, dtype=torch.float64)
        captions = [f"{step:.2f}" for step in t.tolist()]
        paths = {"linear": linear, "spherical": spherical}
        blocks = [Block(name, captions, sampler(path(latents[0::2], latents[1::2], t))) for name, path in paths.items()]
        save_png(plot.interpolations(blocks), folder / "interpolation.png")

        stops, t = sampler.latents(range(self.stops)), torch.arange(self.frames, dtype=torch.float64) / self.frames
        ring = spherical(stops, stops.roll(-1, 0), t).flatten(0, 1)
        write_loop_gif(list(plot.frames(sampler(ring), self.stops)), folder / "interpolation.gif")
        return [folder / "interpolation.png", folder / "interpolation.gif"]
