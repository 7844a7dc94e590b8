"""Protocol of augmentations."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from gan_lightning.core.rng import StepRNG


class Augment(Protocol):
    """A differentiable transform of the critic's inputs in training, the same for real and fake samples."""

    def __call__(self, samples: Tensor, rng: StepRNG, step: int) -> Tensor:
        """Samples [batch, *shape] → as many, differentiable.

        Args:
            samples: real or fake.
            rng: random numbers of this update.
            step: number of steps done.
        """
        ...
