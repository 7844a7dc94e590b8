"""Base class of regularizers: extra terms of the critic's or generator's loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from torch import Tensor, nn


class RegularizerInputs(NamedTuple):
    """Inputs of a regularizer, for one micro-batch.

    Attributes:
        generator, critic: the networks.
        critic_fn: the critic bound to labels and, if it grows, to the step's stage: samples → scores.
        real, fake: the critic's inputs [batch, *shape]; `fake` carries gradients in generator updates.
        label: of the reals and of the fakes: classes, int64 [batch], numbers or images; None for data without labels.
        latent: of the fakes, [batch, latent_dim].
    """

    generator: nn.Module
    critic: nn.Module
    critic_fn: Callable[[Tensor], Tensor]
    real: Tensor
    fake: Tensor
    label: Tensor | None = None
    latent: Tensor | None = None


class Regularizer(nn.Module):
    """A weighted term of the critic's or generator's loss, beside loss and penalty. Several combine, each by its name.

    A module, so that its buffers are saved in checkpoints. The methods do nothing by default.

    Attributes:
        acts_on_weights: True if it reads all of a network's weights, those of levels that are not yet grown included.
        labelled: True if it needs the samples' classes.
        paired: True if it compares each fake with the real beside it; it is refused with augmentations, which change
            the two differently.
        needs_latent: True if its term of the critic's loss needs the fakes' own latents.
        batch_statistics: True if it takes statistics of the whole batch (`distributed.collectives`); it is refused with
            micro-batches.
    """

    acts_on_weights: ClassVar[bool] = False
    labelled: ClassVar[bool] = False
    paired: ClassVar[bool] = False
    needs_latent: ClassVar[bool] = False
    batch_statistics: ClassVar[bool] = False

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Called once, with the networks, before training."""

    def critic_term(self, inputs: RegularizerInputs) -> Tensor | None:
        """The term of the critic's loss, a scalar."""
        return None

    def generator_term(self, inputs: RegularizerInputs) -> Tensor | None:
        """The term of the generator's loss, a scalar."""
        return None

    def after_step(self, name: str) -> None:
        """Called after each update of a network, "critic" or "generator"."""
