"""Relativistic average loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import softplus

from gan_lightning.distributed.collectives import all_rows


class RelativisticAverage:
    """RaGAN, standard version (Jolicoeur-Martineau 2018, arXiv:1807.00734, eqs. 13 and 14).

    Means are over the global batch, on however many devices.
    """

    divergence_name: ClassVar[str] = "relative_average"
    batch_statistics: ClassVar[bool] = True

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """E softplus(-(D(x) - E D(G(z)))) + E softplus(D(G(z)) - E D(x))."""
        real, fake = all_rows(real), all_rows(fake)
        return softplus(fake.mean() - real).mean() + softplus(fake - real.mean()).mean()

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """The critic's loss with the two batches exchanged."""
        return self.critic(fake, real())

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """log 2 - L/2: 0 where the critic can't distinguish a sample from the others' average."""
        return math.log(2) - self.critic(real, fake) / 2
