"""Logging steps, and the count of real images."""

from __future__ import annotations

from typing import cast

from lightning.pytorch import Callback, LightningModule, Trainer
from torch.utils.data import DataLoader

from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.step_logging import is_logging_step


def as_adversarial(module: LightningModule) -> AdversarialModule:
    """The module, typed as this package's callbacks need it."""
    return cast(AdversarialModule, module)


def images_seen(trainer: Trainer, module: LightningModule) -> int | None:
    """Number of real samples in all critic updates so far, over all devices; None if the batch size is unknown."""
    data, loader = getattr(trainer, "datamodule", None), trainer.train_dataloader
    if isinstance(data, AdversarialDataModule):
        return as_adversarial(module).batch_schedule(data.batch_size)(trainer.global_step).images
    if isinstance(loader, DataLoader) and loader.batch_size is not None:  # its batches hold a whole step
        return trainer.global_step * loader.batch_size * trainer.world_size
    return None


class MetricReader(Callback):
    """A callback that logs metrics of its own in the same rows as the module's."""

    def wants_metrics(self, trainer: Trainer) -> bool:
        """True if this step's metrics shall be logged."""
        return False


def is_reading_step(trainer: Trainer) -> bool:
    """True if callbacks read this step's metrics: at a logging step, and where a `MetricReader` wants them.

    Reading metrics waits for the device and for the other processes, so all callbacks read at these steps only.
    """
    readers = callbacks_of(trainer, MetricReader)
    return is_logging_step(trainer) or any(reader.wants_metrics(trainer) for reader in readers)
