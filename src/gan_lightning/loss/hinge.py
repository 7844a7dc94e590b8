"""Hinge loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import relu


class Hinge:
    """Hinge loss (Lim & Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957, eqs. 16 and 17)."""

    divergence_name: ClassVar[str] = "total_variation"

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """E relu(1 - D(x)) + E relu(1 + D(G(z)))."""
        return relu(1 - real).mean() + relu(1 + fake).mean()

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """-E D(G(z))."""
        return -fake.mean()

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """Total variation ½∫|p-q| ≥ 1 - L/2: 0 where p = q, 1 where they are disjoint."""
        return 1 - self.critic(real, fake) / 2
