"""Sums and differences of samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.core.validation import Index, NonNegative, validate_arguments
from gan_lightning.plot.latent_arithmetic import Term, latent_arithmetic
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.latent.arithmetic import combined, perturbed_grid
from gan_lightning.sample.output.base import refuse_points
from gan_lightning.sample.sampler import Sampler

ALIKE = 3  # samples in a group of the demonstration


class Arithmetic:
    """`arithmetic.png`: mean(start) - mean(minus) + mean(plus) of latents (Radford et al. 2016, arXiv:1511.06434).

    As in their figure 7: samples, their means, and the result in the middle of eight with a little noise. Samples are
    picked by their numbers in `grid.png`, from 0 on, row by row. Where none are picked, each group is three that look
    alike, and the groups look as different as can be found: a demonstration that knows nothing of what is to be seen.

    Args:
        start: numbers of samples, best three that share two traits ("smiling woman") …
        minus: … then three of one of them ("woman") …
        plus: … and three of another ("man").
        noise: half the width of what is added to the eight around the result.
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
        picked = {"start": start, "minus": minus, "plus": plus}
        missing = [name for name, numbers in picked.items() if not numbers]
        if 0 < len(missing) < 3:
            raise UsageError(f"Arithmetic: {missing[0]} is empty: give numbers for start, minus and plus, or for none")
        self.picked = None if missing else [list(numbers or ()) for numbers in picked.values()]
        self.noise = noise

    def check(self, sampler: Sampler) -> None:
        """See `What.check`."""
        refuse_points("arithmetic", sampler, "output=interpolation shows their latents")

    def make(self, sampler: Sampler, look: SamplePlot, folder: Path) -> list[Path]:
        """See `What.make`."""
        groups = self.picked or similar_groups(sampler(sampler.latents(range(look.num_samples))))
        latents = [sampler.latents(numbers) for numbers in groups]
        result = perturbed_grid(combined(*latents), self.noise, new_rng(sampler.seed, "arithmetic"))
        terms = [
            Term(", ".join(map(str, numbers)), sampler(latent), sampler(latent.mean(0, keepdim=True))[0])
            for numbers, latent in zip(groups, latents, strict=True)
        ]
        latent_arithmetic(terms, sampler(result)).save(folder / "arithmetic.png")
        return [folder / "arithmetic.png"]


def similar_groups(samples: Tensor) -> list[list[int]]:
    """Three groups of three samples: within a group near to one another, by pixels, and the groups far apart.

    Args:
        samples: [N, ...], N from 9 on.

    Returns:
        Numbers of samples, none of them twice.
    """
    flat = samples.flatten(1).double()
    distances = torch.cdist(flat, flat)
    free = torch.ones(len(flat), dtype=torch.bool)
    groups: list[list[int]] = []
    center = int(distances.topk(ALIKE, largest=False).values.sum(1).argmin())  # the most typical
    for _ in range(3):
        group = distances[center].where(free, torch.inf).topk(ALIKE, largest=False).indices
        free[group] = False
        groups.append(group.tolist())
        firsts = [numbers[0] for numbers in groups]
        center = int(distances[:, firsts].amin(1).where(free, -1.0).argmax())
    return groups
