"""Protocol of outputs of a trained generator."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.declared_shape import kind_of
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.sampler import Sampler


class Output(Protocol):
    """One output of the sample command: a plot or files. Equal samplers give equal files."""

    def check(self, sampler: Sampler) -> None:
        """Checks the sampler; called once, before any output is made.

        Raises:
            UsageError: such samples can't be used.
        """
        ...

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """Writes the output to the folder.

        Returns:
            The files to look at, or their folder.
        """
        ...


def check_images_only(name: str, sampler: Sampler, instead: str) -> None:
    """Checks that samples are images.

    Raises:
        UsageError: they are not; `instead` says what to type for them.
    """
    if len(sampler.shape) != 3:
        raise UsageError(f"output={name} shows images, and this generator makes {kind_of(sampler.shape)}: {instead}")
