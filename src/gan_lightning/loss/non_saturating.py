"""Non-saturating loss: -log D."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn.functional import softplus

from gan_lightning.loss.minimax import Minimax


class NonSaturating(Minimax):
    """The critic of `Minimax`; the generator minimises -E log σ(D(G(z))) (Goodfellow et al. 2014, section 3)."""

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """-E log σ(D): its gradient is large where the critic is confident."""
        return softplus(-fake).mean()
