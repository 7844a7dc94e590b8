"""Wasserstein loss: the dual form of the earth mover's distance."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from torch import Tensor

from gan_lightning.core.validation import NonNegative, validate_arguments


class Wasserstein:
    """E D(G(z)) - E D(x), for a critic that a penalty keeps Lipschitz (Arjovsky et al. 2017, arXiv:1701.07875).

    Args:
        drift: ε of the term ε E D(x)², against drifting scores (Karras et al. 2018, arXiv:1710.10196, appendix A.1:
            1e-3).
    """

    divergence_name: ClassVar[str] = "wasserstein"

    @validate_arguments
    def __init__(self, drift: NonNegative = 0.0) -> None:
        self.drift = drift

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """E D(G(z)) - E D(x) + ε E D(x)²."""
        loss = fake.mean() - real.mean()
        return loss + self.drift * real.square().mean() if self.drift else loss

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """-E D(G(z))."""
        return -fake.mean()

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """E D(x) - E D(G(z)): at most K times the Wasserstein-1 distance, for a K-Lipschitz critic."""
        return real.mean() - fake.mean()
