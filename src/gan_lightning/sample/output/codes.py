"""Samples by their codes (InfoGAN)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Ge

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import SmallCount, validate_arguments
from gan_lightning.nn.latent_codes import LatentCodes, codes_of
from gan_lightning.plot.block import Block
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.sampler import Sampler


class Codes:
    """`codes.png`: the same samples with one code changed, from column to column; a part for each code.

    As in figure 2 of Chen et al. 2016 (arXiv:1606.03657).

    Args:
        n: rows: samples 0, 1, 2, ....
        steps: values of a continuous code, evenly spaced within (-1, 1); of a categorical one all are shown.
    """

    @validate_arguments
    def __init__(self, *, n: SmallCount = 8, steps: Annotated[SmallCount, Ge(2)] = 10) -> None:
        self.n, self.steps = n, steps

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""
        self._codes(sampler)

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        codes, latents, blocks = self._codes(sampler), sampler.latents(range(self.n)), []
        numbers = ((torch.arange(self.steps, dtype=torch.float64) + 0.5) * 2 / self.steps - 1).tolist()
        for code, k in enumerate(codes.categorical):
            changed = torch.stack([codes.with_category(latents, code, value) for value in range(k)], 1)
            blocks.append(Block(f"categorical code {code}", [str(value) for value in range(k)], sampler(changed)))
        for code in range(codes.continuous):
            changed = torch.stack([codes.with_number(latents, code, value) for value in numbers], 1)
            blocks.append(Block(f"continuous code {code}", [f"{value:.1f}" for value in numbers], sampler(changed)))
        save_png(plot.table(blocks), folder / "codes.png")
        return [folder / "codes.png"]

    @staticmethod
    def _codes(sampler: Sampler) -> LatentCodes:
        codes = codes_of(sampler.trained.generator)
        if codes is None:
            raise UsageError(
                "output=codes shows the codes of InfoGAN, and this generator has none: use output=directions, or train "
                "with objective=infogan"
            )
        return codes
