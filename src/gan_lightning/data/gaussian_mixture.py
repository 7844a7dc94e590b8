"""A mixture of equally likely round Gaussians."""

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

    def sample(self, n: int, source: torch.Generator) -> Tensor:
        """See `SamplingDistribution.sample`."""
        which = self.classes(n, source)
        return self.modes[which] + self.std * torch.randn(n, self.modes.shape[1], generator=source)

    def classes(self, n: int, source: torch.Generator) -> Tensor:
        """See `SamplingDistribution.classes`: the modes' numbers."""
        return torch.randint(len(self.modes), (n,), generator=source)
