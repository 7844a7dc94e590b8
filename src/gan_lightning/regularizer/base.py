"""What a regularizer is: a term of a player's loss that knows more than scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from torch import Tensor, nn


class RegularizerInputs(NamedTuple):
    """What a regularizer may look at in one piece of a turn.

    Attributes:
        generator, critic: the networks.
        judge: the critic as it plays in this step.
        real, fake: samples [batch, *shape] as the critic sees them; `fake` carries gradients in the generator's turn.
        label: the reals' classes, int64 [batch], which the fakes were asked for, too; None where they have none.
    """

    generator: nn.Module
    critic: nn.Module
    critic_fn: Callable[[Tensor], Tensor]
    real: Tensor
    fake: Tensor
    label: Tensor | None = None


class Regularizer(nn.Module):
    """A weighted term of either player's loss, beside loss and penalty. Several go together, each under a name.

    A module, so that what it remembers is in the checkpoints. One that needs nothing leaves a method as it is.

    Attributes:
        acts_on_weights: whether it looks at all of a network's weights, also of layers that have yet to come.
        labelled: whether it needs the samples' classes.
    """

    acts_on_weights: ClassVar[bool] = False
    labelled: ClassVar[bool] = False

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Meets the networks, once, before training."""

    def critic_term(self, seen: RegularizerInputs) -> Tensor | None:
        """The term of the critic's loss, a scalar."""
        return None

    def generator_term(self, seen: RegularizerInputs) -> Tensor | None:
        """The term of the generator's loss, a scalar."""
        return None

    def after_step(self, name: str) -> None:
        """A player, "critic" or "generator", took a step."""
