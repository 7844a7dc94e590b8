"""What a loss is: two pure functions of scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from torch import Tensor


class Loss(Protocol):
    """An adversarial objective, both players minimising. It sees scores only: logits of any shape, batch first.

    Attributes:
        divergence_name: of the divergence between data and model that `divergence` estimates.
    """

    divergence_name: ClassVar[str]

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """The critic's loss, a scalar mean, of its scores of real and fake samples."""
        ...

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """The generator's loss, a scalar mean; `real()` scores the real batch, for losses that need it."""
        ...

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """The divergence that these scores prove: its value at an optimal critic, less than it at any other."""
        ...
