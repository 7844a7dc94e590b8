"""Base class of data sets: shape, training source, held-out samples and Lightning's loaders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import torch
from lightning.pytorch import LightningDataModule
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor
from torch.utils.data import DataLoader

from gan_lightning.core.errors import UsageError
from gan_lightning.core.signals import ignore_signals
from gan_lightning.core.validation import BatchSize, Index, NumWorkers, validate_arguments
from gan_lightning.data.placement import DataDevice, PrefetchedSteps, check_device, place
from gan_lightning.data.sample_source import SampleSource, SampleTable
from gan_lightning.data.stream import HeldOut, StepBatch, StepStream, StreamPlan
from gan_lightning.data.variation import missing_variation


class AdversarialDataModule(LightningDataModule, ABC):
    """Real data for adversarial training.

    A subclass gives `shape` and `load()`. Nothing is read before `setup`; `shape` is known at once, since networks are
    built from it.

    Args:
        batch_size: global batch of one critic update: over all devices and all accumulated micro-batches.
        num_workers: processes that prepare steps ahead; 0 suits data in memory.
        classes: number of classes; 0: samples have no classes.
        label_shape: shape of a sample's label that is no class: (k,) of numbers, (channels, height, width) of an image.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.

    Attributes:
        class_names: of the classes in the order of their numbers, after `setup`; empty where they have none.
        bits: of the values of images, 8 or 16, after `setup`; None: 8, or they are no images.
        bands: channels that pictures show, grey or red, green, blue; None: see `plot.colours.to_rgb`.
    """

    train: SampleSource
    held_out: SampleTable
    class_names: tuple[str, ...] = ()
    bands: tuple[int, ...] | None = None
    bits: int | None = None
    _placed: SampleTable | None = None
    _plan: StreamPlan | None = None
    _stream: StepStream | None = None

    @validate_arguments
    def __init__(
        self,
        *,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers = 0,
        classes: Index = 0,
        label_shape: tuple[int, ...] = (),
        device: DataDevice = "cpu",
    ) -> None:
        super().__init__()
        self.batch_size, self.num_workers, self.classes = batch_size, num_workers, classes
        self.label_shape, self.device = label_shape, device

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample: (channels, height, width), (d,) for points, (channels, length) for series, …"""

    @property
    def example_input(self) -> Tensor:
        """Two samples of zeros in the networks' format, [2, *shape], for a dry run."""
        return torch.zeros(2, *self.shape)

    @abstractmethod
    def load(self) -> tuple[SampleSource, SampleTable]:
        """The training source and the held-out samples (for validation; never trained on)."""

    def setup(self, stage: str | None = None) -> None:
        """Calls `load` once; warns of training samples without variation. For training, see `place`, too."""
        if not hasattr(self, "train"):
            self.train, self.held_out = self.load()
            if isinstance(self.train, SampleTable) and (fault := missing_variation(self.train)):
                rank_zero_warn(f"{type(self).__name__}: {fault}")
        if stage == "fit" and self.trainer is not None:
            self._placed = place(self.train, self.device, self.trainer.strategy.root_device)

    def check_device(self, device: torch.device) -> None:
        """Checks, after `setup`, that the samples can be where `device` says, if this device trains.

        Raises:
            UsageError: they can't.
        """
        check_device(self.train, self.device, device)

    def connect(self, plan: StreamPlan) -> None:
        """Sets what the trained module needs of the stream; called by the module when training starts."""
        self._plan = plan

    def train_dataloader(self) -> Iterable[StepBatch]:
        """The stream from the trainer's current step on."""
        if self._plan is None or self.trainer is None:
            raise UsageError("this data module is for gan_lightning's modules, such as WGANGP: fit one of them with it")
        plan, trainer = self._plan, self.trainer
        if isinstance(self.train, SampleTable) and len(self.train) < self.batch_size:
            rank_zero_warn(
                f"data.batch_size={self.batch_size} is more than the {len(self.train)} training samples: every batch "
                "holds some of them several times"
            )
        self._stream = StepStream(
            self._placed or self.train,
            batches_per_step=plan.n_critic,
            batch_size=self.batch_size,
            schedule=plan.schedule,
            seed=plan.seed,
            start=trainer.global_step,
            rank=trainer.global_rank,
            world_size=trainer.world_size,
            labelled=plan.labelled,
        )
        if self._placed is not None:
            return self._stream
        if not self.num_workers:
            device = trainer.strategy.root_device
            prefetches = self.device != "cpu" and device.type == "cuda"
            return PrefetchedSteps(self._stream, device) if prefetches else self._stream
        return DataLoader(
            self._stream,
            batch_size=None,
            num_workers=self.num_workers,
            pin_memory=torch.cuda.is_available(),
            worker_init_fn=ignore_signals,
            generator=torch.Generator(),  # else starting its workers draws from the global one
        )

    def go_on_from(self, step: int) -> None:
        """The stream begins at this step when it is iterated next."""
        if self._stream is not None:
            self._stream.start = step

    def val_dataloader(self) -> HeldOut:
        """The held-out samples."""
        rank, world_size = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        return HeldOut(self.held_out, batch_size=self.batch_size, rank=rank, world_size=world_size)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Copies a step to a GPU asynchronously; Lightning's copy of anything but a tensor synchronizes."""
        if isinstance(batch, StepBatch) and batch.real.device == device:
            return batch
        if isinstance(batch, StepBatch) and device.type == "cuda":
            return batch.pin_memory().to(device, non_blocking=True)
        return super().transfer_batch_to_device(batch, device, dataloader_idx)
