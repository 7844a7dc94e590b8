"""Least-squares loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import validate_arguments


class LeastSquares:
    """LSGAN (Mao et al. 2017, arXiv:1611.04076, eqs. 2 and 9).

    Args:
        fake_label: a, the critic's target for fakes.
        real_label: b, its target for reals.
        generator_label: c, the generator's target for fakes. b - c = 1 and b - a = 2 give Pearson's χ².
    """

    divergence_name: ClassVar[str] = "triangular"

    @validate_arguments
    def __init__(self, fake_label: float = 0.0, real_label: float = 1.0, generator_label: float = 1.0) -> None:
        if fake_label == real_label:
            raise UsageError(
                f"LeastSquares: fake_label and real_label are both {real_label}: reals and fakes need different labels"
            )
        self.fake_label, self.real_label, self.generator_label = fake_label, real_label, generator_label

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """½E(D(x) - b)² + ½E(D(G(z)) - a)²."""
        return ((real - self.real_label).square().mean() + (fake - self.fake_label).square().mean()) / 2

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """½E(D(G(z)) - c)²."""
        return (fake - self.generator_label).square().mean() / 2

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """Triangular discrimination ∫(p-q)²/(p+q) ≥ 2 - 8L/(b-a)²: 0 where p = q, 2 where they are disjoint."""
        return 2 - 8 * self.critic(real, fake) / (self.real_label - self.fake_label) ** 2
