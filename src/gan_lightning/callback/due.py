"""What callbacks may ask of the game that they watch."""

from __future__ import annotations

from typing import Protocol, cast

from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader

from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.stream import BatchSchedule
from gan_lightning.loss import Loss


class Watched(Protocol):
    """The side of an adversarial module that callbacks see.

    Attributes:
        critic, generator: the players.
        loss: names the divergence that it estimates.
        ema: the averaged generator.
        validation: figures of the last validation.
        observed: what the last step left for figures, such as the critic's scores, by name a tensor for each piece.
    """

    critic: nn.Module
    generator: nn.Module
    ema: nn.Module
    loss: Loss
    validation: dict[str, float]
    observed: dict[str, list[Tensor]]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a sample; of the largest, where samples grow."""
        ...

    def figures(self) -> dict[str, float]:
        """The last step's figures, averaged over processes: all of them must ask after the same step."""
        ...

    def batch_schedule(self, batch_size: int) -> BatchSchedule:
        """How many real samples each step takes, where the data module's `batch_size` is this."""
        ...

    def check(self) -> None:
        """Raises if numbers have gone wrong: all processes must look at once."""
        ...

    def latent(self, n: int, purpose: str) -> Tensor:
        """Latents [n, latent_dim] that follow from the seed and the purpose alone."""
        ...

    def sample(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """What the averaged generator makes of latents, [n, *shape], and of classes [n]."""
        ...

    def score(self, x: Tensor) -> Tensor:
        """The critic's scores [n]."""
        ...


def game(module: LightningModule) -> Watched:
    """The module as the game that it is."""
    return cast(Watched, module)


def images_seen(trainer: Trainer, module: LightningModule) -> int | None:
    """Real samples that the critic has seen so far, over all devices; None where nothing tells."""
    data, loader = getattr(trainer, "datamodule", None), trainer.train_dataloader
    if isinstance(data, AdversarialDataModule):
        return game(module).batch_schedule(data.batch_size)(trainer.global_step).images
    if isinstance(loader, DataLoader) and loader.batch_size is not None:  # its batches hold a whole step
        return trainer.global_step * loader.batch_size * trainer.world_size
    return None


class MetricReader(Callback):
    """A callback whose own figures share rows with the game's."""

    def wants_metrics(self, trainer: Trainer) -> bool:
        """Whether it wants this step's figures read."""
        return False


def is_logging_step(trainer: Trainer) -> bool:
    """Whether this step's figures are read: the first's, every `trainer.log_every_n_steps`-th's and the last's.

    Also those of steps that a `Reader` wants. Reading waits for the device and for the other processes, so all
    callbacks keep to these steps.
    """
    done, every = trainer.global_step, int(trainer.log_every_n_steps)  # type: ignore[attr-defined]
    if done in (1, trainer.max_steps) or (every > 0 and done % every == 0):
        return True
    callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]
    return any(isinstance(callback, MetricReader) and callback.wants_metrics(trainer) for callback in callbacks)
