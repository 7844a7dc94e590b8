"""What can be made of a trained generator."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from gan_lightning.core.errors import UsageError
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.sampler import Sampler


class Output(Protocol):
    """One thing to make. It is made twice alike from equal samplers."""

    def check(self, sampler: Sampler) -> None:
        """Called once, before anything is made.

        Raises:
            UsageError: it can't be made of such samples.
        """
        ...

    def make(self, sampler: Sampler, look: SamplePlot, folder: Path) -> list[Path]:
        """Makes it in the folder.

        Returns:
            What to look at.
        """
        ...


def refuse_points(name: str, sampler: Sampler, instead: str) -> None:
    """Raises: UsageError, where samples are no images; `instead` says what to type for them."""
    if len(sampler.shape) != 3:
        raise UsageError(f"output={name} shows images, and this generator makes points of the plane: {instead}")
