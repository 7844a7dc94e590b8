"""Arithmetic of samples in latent space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.core.validation import Index, NonNegative, validate_arguments
from gan_lightning.plot.latent_arithmetic import Term, latent_arithmetic
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.latent.arithmetic import combine, perturbed_grid
from gan_lightning.sample.output.base import check_images_only
from gan_lightning.sample.sampler import Sampler

GROUP_SIZE = 3  # samples in a group of the demonstration


class Arithmetic:
    """`arithmetic.png`: mean(start) - mean(minus) + mean(plus) of latents (Radford et al. 2016, arXiv:1511.06434).

    As in their figure 7: samples, their means, and the result amid eight with a little noise. Samples are chosen by
    their index in `grid.png`, from 0 on, row by row. By default, each group is three similar samples, and the groups
    are as different as possible: a demonstration without knowledge of the content.

    Args:
        start: indices of samples, best three that share two traits ("smiling woman") …
        minus: … then three of one of them ("woman") …
        plus: … and three of another ("man").
        noise: half the width of the noise added to the eight around the result.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        start: Sequence[Index] | None = None,
        minus: Sequence[Index] | None = None,
        plus: Sequence[Index] | None = None,
        noise: NonNegative = 0.25,
    ) -> None:
        chosen = {"start": start, "minus": minus, "plus": plus}
        missing = [name for name, indices in chosen.items() if not indices]
        if 0 < len(missing) < 3:
            raise UsageError(f"Arithmetic: {missing[0]} is empty: give indices for start, minus and plus, or for none")
        self.chosen = None if missing else [list(indices or ()) for indices in chosen.values()]
        self.noise = noise

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""
        check_images_only("arithmetic", sampler, "output=interpolation shows their latents")

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        groups = self.chosen or similar_groups(sampler(sampler.latents(range(plot.num_samples))))
        latents = [sampler.latents(indices) for indices in groups]
        result = perturbed_grid(combine(*latents), self.noise, new_rng(sampler.seed, "arithmetic"))
        terms = [
            Term(", ".join(map(str, indices)), sampler(latent), sampler(latent.mean(0, keepdim=True))[0])
            for indices, latent in zip(groups, latents, strict=True)
        ]
        save_png(latent_arithmetic(terms, sampler(result)), folder / "arithmetic.png")
        return [folder / "arithmetic.png"]


def similar_groups(samples: Tensor) -> list[list[int]]:
    """Three disjoint groups of three samples: similar within a group, by pixels, and different between groups.

    Args:
        samples: [N, ...], N ≥ 9.

    Returns:
        Indices of samples.
    """
    flat = samples.flatten(1).double()
    distances = torch.cdist(flat, flat)
    free = torch.ones(len(flat), dtype=torch.bool)
    groups: list[list[int]] = []
    center = int(distances.topk(GROUP_SIZE, largest=False).values.sum(1).argmin())  # the sample nearest to others
    for _ in range(3):
        group = distances[center].where(free, torch.inf).topk(GROUP_SIZE, largest=False).indices
        free[group] = False
        groups.append(group.tolist())
        firsts = [indices[0] for indices in groups]
        center = int(distances[:, firsts].amin(1).where(free, -1.0).argmax())
    return groups
