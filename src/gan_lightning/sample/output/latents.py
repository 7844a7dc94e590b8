"""Latents of held-out samples in the plane, of generators with an encoder."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.plot.latent_plane import latent_plane
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.encoding import HeldOutEncoder
from gan_lightning.sample.sampler import Sampler


class Latents:
    """`latents.png`: the mean latents of held-out samples of the run's data, coloured by class.

    Of two latents the plane itself, as in figure 2 of Makhzani et al. 2015 (arXiv:1511.05644); of more the plane of
    their two principal components. Circles are one, two and three standard deviations of the prior.

    Args:
        n: held-out samples, at the most.
    """

    @validate_arguments
    def __init__(self, *, n: LargeCount = 2000) -> None:
        self.n = n

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`. Reads the data.

        Raises:
            UsageError: the generator has no encoder, or a single latent, or there are no held-out samples.
        """
        if sampler.trained.latent_dim < 2:
            raise UsageError(
                "output=latents draws a plane, and this generator has one latent: use output=reconstruction"
            )
        self._held_out = HeldOutEncoder(sampler, "latents")

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        latents = self._held_out.latents(self._held_out.samples(self.n))
        label = self._held_out.table.labels
        plane, axes = (
            (latents, "latent {}") if latents.shape[1] == 2 else (principal(latents), "principal component {}")
        )
        label = None if label is None else label[torch.arange(len(latents))]
        title = f"latents of {len(latents):,} held-out samples"
        save_png(latent_plane(plane, label, self._held_out.class_names, title, axes), folder / "latents.png")
        return [folder / "latents.png"]


def principal(latents: Tensor) -> Tensor:
    """The coordinates of latents [N, d] along their two principal components, [N, 2], from the prior's mean."""
    _, directions = torch.linalg.eigh(torch.cov(latents.double().T))
    plane: Tensor = latents.double() @ directions[:, [-1, -2]]
    return plane.float()
