"""Objectives of energies whose loss has a state that follows the energies."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from gan_lightning.distributed.collectives import all_mean, synchronized
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.micro_batches import Batch


class EnergyState(nn.Module):
    """A loss with a number that follows the mean energies (errors of an autoencoder) of reals and fakes.

    A module, so that it is saved in checkpoints.

    Attributes:
        state_name: name of the buffer with the number, and of its metric.
    """

    state_name: ClassVar[str]

    @abstractmethod
    def update(self, real_error: Tensor, fake_error: Tensor) -> None:
        """Moves the number after a step with these mean energies, scalars."""


class EnergyObjective(AdversarialModule):
    """An objective whose loss is an `EnergyState`."""

    def training_step(self, batch: Batch, index: int) -> None:
        """A step, and the next state: of the last critic update's reals and the generator update's fakes."""
        super().training_step(batch, index)
        found = self.metrics.tensors
        errors = [-torch.cat(found["real_score"]).mean(), torch.stack(found["generator_loss"]).mean()]
        loss = cast(EnergyState, self.loss)
        state: Tensor = getattr(loss, loss.state_name)
        with synchronized():
            loss.update(*all_mean(torch.stack(errors)).to(state))
        self.metrics.record(**{loss.state_name: state.clone()})

    @property
    def metric_names(self) -> set[str]:
        """See `LightningHooks`."""
        return super().metric_names | {cast(EnergyState, self.loss).state_name}
