"""The sum of a loss over several games: domains, or levels."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from torch import Tensor

from gan_lightning.loss import Loss


class SumOfGames:
    """The sum of a loss over games, of scores [batch, games, ...]; of means over all, [batch], as often the loss.

    Args:
        loss: of each game.
        games: their number.
    """

    def __init__(self, loss: Loss, games: int) -> None:
        self.loss, self.games, self.divergence_name = loss, games, loss.divergence_name
        self.batch_statistics = getattr(loss, "batch_statistics", False)

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """The critics' losses, added."""
        pairs = zip(self._of_each(real), self._of_each(fake), strict=True)
        total, *others = (self.loss.critic(*pair) for pair in pairs)
        return sum(others, total)

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """The generators' losses, added."""
        scores = cache(lambda: self._of_each(real()))
        total, *others = (
            self.loss.generator(one, lambda game=game: scores()[game])  # type: ignore[misc]
            for game, one in enumerate(self._of_each(fake))
        )
        return sum(others, total)

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """The loss's estimate from the scores of all games together."""
        return self.loss.divergence(real, fake)

    def _of_each(self, scores: Tensor) -> list[Tensor]:
        return [scores] * self.games if scores.dim() == 1 else list(scores.unbind(1))
