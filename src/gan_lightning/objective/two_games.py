"""The sum of a loss over two domains."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from gan_lightning.loss import Loss


class TwoGames:
    """The sum of a loss over two domains, of scores [batch, 2, ...]; of means over both, [batch], twice the loss.

    Args:
        loss: of each domain.
    """

    def __init__(self, loss: Loss) -> None:
        self.loss, self.divergence_name = loss, loss.divergence_name
        self.batch_statistics = getattr(loss, "batch_statistics", False)

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """The critics' losses, added."""
        (real_a, real_b), (fake_a, fake_b) = _domains(real), _domains(fake)
        return self.loss.critic(real_a, fake_a) + self.loss.critic(real_b, fake_b)

    def generator(self, fake: Tensor, real: Callable[[], Tensor]) -> Tensor:
        """The generators' losses, added."""
        fake_a, fake_b = _domains(fake)
        of_a = self.loss.generator(fake_a, lambda: _domains(real())[0])
        return of_a + self.loss.generator(fake_b, lambda: _domains(real())[1])

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """The loss's estimate from the scores of both domains together."""
        return self.loss.divergence(real, fake)


def _domains(scores: Tensor) -> tuple[Tensor, Tensor]:
    return (scores, scores) if scores.dim() == 1 else (scores[:, 0], scores[:, 1])
