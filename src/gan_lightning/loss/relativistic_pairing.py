"""Relativistic pairing loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import softplus

from gan_lightning.core.errors import UsageError


class RelativisticPairing:
    """RpGAN: each real sample is scored against one fake (Jolicoeur-Martineau 2018, arXiv:1807.00734, section 4.1).

    The loss of R3GAN (Huang et al. 2024, arXiv:2501.05441). Not to be confused with `RelativisticAverage`.
    """

    divergence_name: ClassVar[str] = "pairing"

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """E softplus(-(D(x) - D(G(z)))), over pairs."""
        return softplus(-self._margin(real, fake)).mean()

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """E softplus(-(D(G(z)) - D(x))), over pairs."""
        return softplus(self._margin(real(), fake)).mean()

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """log 2 - L: 0 where the critic can't distinguish the two of a pair, log 2 where it always can."""
        return math.log(2) - self.critic(real, fake)

    @staticmethod
    def _margin(real: Tensor, fake: Tensor) -> Tensor:
        if real.shape != fake.shape:
            raise UsageError(
                f"RelativisticPairing: {tuple(real.shape)} real scores against {tuple(fake.shape)} fake ones: "
                "pairs need as many of each"
            )
        return real - fake
