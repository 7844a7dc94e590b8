"""What an augmentation is."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from gan_lightning.core.rng import StepRNG


class Augment(Protocol):
    """What happens to samples, real and fake alike, before the critic sees them in training."""

    def __call__(self, samples: Tensor, rng: StepRNG, step: int) -> Tensor:
        """Samples [batch, *shape] → as many, differentiable.

        Args:
            samples: real or fake.
            rng: random numbers of this turn.
            step: steps done.
        """
        ...
