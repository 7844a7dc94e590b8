"""A walk along one direction of latent space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Ge, Le

from gan_lightning.core.errors import UsageError
from gan_lightning.core.extras import import_extra
from gan_lightning.core.validation import Index, LargeCount, Positive, SmallCount, validate_arguments
from gan_lightning.extractor.base import Extractor
from gan_lightning.plot.block import Block
from gan_lightning.plot.gif import write_loop_gif
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.plot.video import write_video
from gan_lightning.sample.output.directions import Method, along, check_method, directions_of
from gan_lightning.sample.sampler import Sampler


class Walk:
    """`walk.png`: samples moved along one direction; `walk.gif` goes there and back, and so does `walk.mp4`.

    Args:
        method: that finds the direction, see `Directions`.
        index: of the direction, 0 is the strongest; with the probe, the class.
        rows: samples 0, 1, ... that are moved.
        distance: of the ends from the samples, in standard deviations of a latent's entry.
        steps: columns.
        frames: of GIF and video, there and back.
        mp4: write the video, too.
        n: latents that principal components and the probe are computed on.
        extractor: with classes, for the probe.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        method: Method = "sefa",
        index: Index = 0,
        rows: SmallCount = 4,
        distance: Positive = 3.0,
        steps: Annotated[int, Ge(2), Le(1_000)] = 9,
        frames: Annotated[int, Ge(2), Le(1_000)] = 40,
        mp4: bool = False,
        n: LargeCount = 2000,
        extractor: Extractor | None = None,
    ) -> None:
        self.method, self.index, self.rows, self.distance, self.steps = method, index, rows, distance, steps
        self.frames, self.mp4, self.n, self.extractor = frames, mp4, n, extractor

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""
        check_method(self.method, sampler, self.extractor, "walk")
        if self.index >= sampler.trained.latent_dim and self.method != "probe":
            raise UsageError(
                f"output.walk.index={self.index}: there are directions 0 to {sampler.trained.latent_dim - 1}"
            )
        if self.mp4:
            import_extra("imageio_ffmpeg", "video")

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        found = directions_of(sampler, self.method, self.index + 1, self.n, self.extractor)
        self._check_index(len(found))
        direction = found[self.index].expand(self.rows, -1)
        latents, labels = sampler.latents(range(self.rows)), sampler.labels(range(self.rows))
        t = torch.linspace(-self.distance, self.distance, self.steps, dtype=torch.float64)
        title, captions = f"{self.method}, direction {self.index}", [f"{step:+.2g}" for step in t.tolist()]
        row = Block(title, captions, sampler(along(latents, direction, t), labels))
        save_png(plot.table([row]), folder / "walk.png")
        phase = torch.arange(self.frames, dtype=torch.float64) / self.frames * 2 * torch.pi
        moved = sampler(along(latents, direction, self.distance * phase.sin()), labels)
        frames = [plot.table([Block(title, [""] * self.rows, moved[None, :, k])]) for k in range(self.frames)]
        write_loop_gif(frames, folder / "walk.gif")
        if self.mp4:
            write_video(frames, folder / "walk.mp4")
        return [folder / f"walk.{kind}" for kind in ("png", "gif", *(["mp4"] if self.mp4 else []))]

    def _check_index(self, count: int) -> None:
        if self.index >= count:
            raise UsageError(f"output.walk.index={self.index}: there are directions 0 to {count - 1}")
