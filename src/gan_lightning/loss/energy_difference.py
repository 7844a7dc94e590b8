"""Difference of energies: maximum likelihood of an energy-based model."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from torch import Tensor

from gan_lightning.core.validation import Decay, validate_arguments


class EnergyDifference:
    """The energy -D of reals falls, that of fakes rises.

    Where fakes follow p(x) ∝ exp(D(x)), the critic's gradient is that of this model's mean log-likelihood of the reals,
    with the sign of a loss (Wang & Liu 2016, arXiv:1611.01722; Dai et al. 2017, arXiv:1702.01691). Nothing limits
    the scores: the generator has to follow them, as with `regularizer.VariationalEntropy` and `regularizer.Stein`.

    Args:
        discount: γ: the energy of fakes counts 1 - γ times. 0 is maximum likelihood; 0.7 (Wang & Liu) keeps the error
            of an autoencoder low on fakes as well.
    """

    divergence_name: ClassVar[str] = "energy_difference"

    @validate_arguments
    def __init__(self, discount: Decay = 0.0) -> None:
        self.discount = discount

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """(1 - γ) E D(G(z)) - E D(x)."""
        return (1 - self.discount) * fake.mean() - real.mean()

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """-E D(G(z))."""
        return -fake.mean()

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """E D(x) - E D(G(z)), in nats for a model p ∝ exp(D): 0 where p = q, without an upper bound."""
        return real.mean() - fake.mean()
