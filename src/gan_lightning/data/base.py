"""What every data set shares: its shape, its two sources, and the loaders that Lightning asks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import torch
from lightning.pytorch import LightningDataModule, Trainer
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor
from torch.utils.data import DataLoader

from gan_lightning.core.signals import ignore_signals
from gan_lightning.core.validation import Count, Index, validate_arguments
from gan_lightning.data.stream import HeldOut, SampleSource, SampleTable, StepBatch, StepStream

if TYPE_CHECKING:
    from gan_lightning.objective.base import AdversarialModule


class AdversarialDataModule(LightningDataModule, ABC):
    """Real data for a game.

    A subclass gives `shape` and `load()`. Nothing is read before `setup`; `shape` is known at once, since networks are
    built from it.

    Args:
        batch_size: global batch of one critic turn: over all devices and all accumulated pieces.
        num_workers: processes that prepare steps ahead; 0 is right for data in memory.
        classes: that samples are of; 0: they have no labels.
    """

    train: SampleSource
    held_out: SampleTable

    @validate_arguments
    def __init__(self, *, batch_size: Count = 64, num_workers: Index = 0, classes: Index = 0) -> None:
        super().__init__()
        self.batch_size, self.num_workers, self.classes = batch_size, num_workers, classes

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Of one sample: (channels, height, width), or (2,) for points."""

    @property
    def example_input(self) -> Tensor:
        """Two made-up samples as networks see them, [2, *shape], to try networks on."""
        return torch.zeros(2, *self.shape)

    @abstractmethod
    def load(self) -> tuple[SampleSource, SampleTable]:
        """The training source and the held-out samples (for validation; never trained on)."""

    def setup(self, stage: str | None = None) -> None:
        """Loads once."""
        if not hasattr(self, "train"):
            self.train, self.held_out = self.load()

    def train_dataloader(self) -> Iterable[StepBatch]:
        """Steps from the trainer's current one on."""
        trainer, module = self._trainer_and_module()
        module.refuse_uneven(self.batch_size, trainer.world_size)
        if isinstance(self.train, SampleTable) and len(self.train) < self.batch_size:
            rank_zero_warn(
                f"data.batch_size={self.batch_size} is more than the {len(self.train)} training samples: every batch "
                "shows some of them several times"
            )
        steps = StepStream(
            self.train,
            batches_per_step=module.n_critic,
            batch_size=self.batch_size,
            plan=module.batch_schedule(self.batch_size),
            seed=module.seed,
            start=trainer.global_step,
            rank=trainer.global_rank,
            world_size=trainer.world_size,
            labelled=module.labelled,
        )
        if not self.num_workers:
            return steps
        return DataLoader(
            steps,
            batch_size=None,
            num_workers=self.num_workers,
            pin_memory=torch.cuda.is_available(),
            worker_init_fn=ignore_signals,
            generator=torch.Generator(),  # else starting its workers draws from the global one
        )

    def val_dataloader(self) -> HeldOut:
        """The held-out samples."""
        trainer, _ = self._trainer_and_module()
        return HeldOut(
            self.held_out, batch_size=self.batch_size, rank=trainer.global_rank, world_size=trainer.world_size
        )

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Takes a step to a GPU that goes on working; Lightning's copy of anything but a tensor waits for it."""
        if isinstance(batch, StepBatch) and device.type == "cuda":
            return batch.pin_memory().to(device, non_blocking=True)
        return super().transfer_batch_to_device(batch, device, dataloader_idx)

    def _trainer_and_module(self) -> tuple[Trainer, AdversarialModule]:
        assert self.trainer is not None
        return self.trainer, cast("AdversarialModule", self.trainer.lightning_module)
