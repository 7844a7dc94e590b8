"""Samples at several thresholds of truncation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from gan_lightning.core.validation import MediumCount, NonNegative, Positive, validate_arguments
from gan_lightning.plot.block import Block
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.latent.truncation import truncate_by_scaling
from gan_lightning.sample.sampler import Sampler


class Truncation:
    """`truncation.png`: the same latents truncated by resampling (BigGAN) and by scaling.

    Args:
        thresholds: of the latents' entries; the default is that of Brock et al. 2019 (arXiv:1809.11096), figure 2.
        psi: factors on the latents.
        n: number of samples; null is 6 images or 1,000 points.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        thresholds: Sequence[Positive] = (2.0, 1.0, 0.5, 0.04),
        psi: Sequence[NonNegative] = (1.0, 0.7, 0.5, 0.25, 0.0),
        n: MediumCount | None = None,
    ) -> None:
        self.thresholds, self.psi, self.n = list(thresholds), list(psi), n

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        latents = sampler.latents(range(self.n or plot.num_rows))
        within = [sampler.latents(range(len(latents)), threshold) for threshold in self.thresholds]
        blocks = [
            Block(
                "resampled until |z| ≤",
                [_caption(sampler.truncation), *(f"{threshold:g}" for threshold in self.thresholds)],
                sampler(torch.stack([latents, *within], dim=1)),
            ),
            Block(
                "scaled by ψ =",
                [f"{psi:g}" for psi in self.psi],
                sampler(torch.stack([truncate_by_scaling(latents, psi) for psi in self.psi], dim=1)),
            ),
        ]
        save_png(plot.table(blocks), folder / "truncation.png")
        return [folder / "truncation.png"]


def _caption(truncation: float | None) -> str:
    return "as drawn" if truncation is None else f"{truncation:g}"
