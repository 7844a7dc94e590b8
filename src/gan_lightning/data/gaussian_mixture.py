"""A mixture of equally likely isotropic Gaussians."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.data.distribution import SamplingDistribution


class Mixture(SamplingDistribution):
    """Equal parts N(mode, std² I).

    Args:
        modes: the centres, [k, d].
        std: of each Gaussian, along each axis.
    """

    def __init__(self, modes: Tensor, std: float) -> None:
        self.modes, self.std = modes.float(), std

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """See `SamplingDistribution.sample`."""
        which = self.classes(n, rng)
        return self.modes[which] + self.std * torch.randn(n, self.modes.shape[1], generator=rng)

    def classes(self, n: int, rng: torch.Generator) -> Tensor:
        """See `SamplingDistribution.classes`; the numbers of the modes."""
        return torch.randint(len(self.modes), (n,), generator=rng)
