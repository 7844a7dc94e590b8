"""Protocol of adversarial losses: pure functions of scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from torch import Tensor


class Loss(Protocol):
    """The losses of critic and generator, both minimised: functions of scores (logits of any shape, batch first).

    Attributes:
        divergence_name: name of the divergence between data and model that `divergence` estimates.
        batch_statistics: optional, True for a loss that is no mean over samples. It needs the whole batch: it takes
            `distributed.collectives.all_rows` of the scores, and is refused with micro-batches.
    """

    divergence_name: ClassVar[str]

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """The critic's loss, a scalar mean, of its scores of real and fake samples."""
        ...

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """The generator's loss, a scalar mean; `real()` scores the real batch, for losses that need it."""
        ...

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """A lower bound of the divergence from these scores: exact for an optimal critic."""
        ...
