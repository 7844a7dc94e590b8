"""Margin loss of energies (EBGAN)."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import relu

from gan_lightning.core.validation import Positive, validate_arguments


class EnergyMargin:
    """EBGAN (Zhao et al. 2017, arXiv:1609.03126, eqs. 1 and 2) of the energy -D: low of reals, m or more of fakes.

    Energies are not negative, as reconstruction errors. Those of other critics are cut off at 0, so that the loss of
    every critic has a minimum.

    Args:
        margin: m, in the units of the energy: fakes of a larger one are left alone.
    """

    divergence_name: ClassVar[str] = "total_variation"

    @validate_arguments
    def __init__(self, margin: Positive = 1.0) -> None:
        self.margin = margin

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """E relu(-D(x)) + E relu(m + D(G(z)))."""
        return relu(-real).mean() + relu(self.margin + fake).mean()

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """-E D(G(z)), the energy of fakes."""
        return -fake.mean()

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """Total variation ½∫|p-q| ≥ 1 - L/m: 0 where p = q, 1 where they are disjoint."""
        return 1 - self.critic(real, fake) / self.margin
