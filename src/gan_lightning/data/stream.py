"""The stream of real data: the batch of step k is a function of (seed, k) alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from gan_lightning.data.sample_source import SampleSource, SampleTable


@dataclass
class StepBatch:
    """This process's share of the real data of step `index`.

    Attributes:
        real: [n_critic, batch, *shape]; images are uint8, points are floats.
        index: the step's number, from 0.
        rows: samples of a batch over all processes.
        label: their labels, [n_critic, batch, ...]: classes, int64; numbers, floats [..., k]; or images, uint8 or
            floats [..., channels, height, width]. None if not requested.
    """

    real: Tensor
    index: int
    rows: int
    label: Tensor | None = None

    def to(self, device: torch.device | str, non_blocking: bool = False) -> StepBatch:
        """The same step on another device."""
        label = None if self.label is None else self.label.to(device, non_blocking=non_blocking)
        return StepBatch(self.real.to(device, non_blocking=non_blocking), self.index, self.rows, label)

    def pin_memory(self) -> StepBatch:
        """The same step in pinned memory, for asynchronous copies to a GPU."""
        label = None if self.label is None else self.label.pin_memory()
        return StepBatch(self.real.pin_memory(), self.index, self.rows, label)


class BatchSlice(Protocol):
    """The part of the stream that a step takes.

    Attributes:
        images: number of samples of all steps before it.
        batch_size: samples of each of its batches, over all processes.
    """

    @property
    def images(self) -> int: ...  # noqa: D102

    @property
    def batch_size(self) -> int: ...  # noqa: D102


BatchSchedule = Callable[[int], BatchSlice]  # step number → slice; workers get a copy of it


@dataclass(frozen=True)
class ConstantBatch:
    """The schedule with the same batch size at all steps.

    Args:
        batch_size: samples of a batch, over all processes.
        batches_per_step: one for each critic update.
    """

    batch_size: int
    batches_per_step: int

    def __call__(self, k: int) -> BatchSlice:
        """The slice of step k."""
        return _Slice(k * self.batches_per_step * self.batch_size, self.batch_size)


class _Slice(NamedTuple):
    images: int
    batch_size: int


class StreamPlan(NamedTuple):
    """A module's requirements on the stream of real data.

    Attributes:
        seed: of the run.
        n_critic: batches a step.
        schedule: batch size of each step.
        labelled: True if the samples' labels are needed.
    """

    seed: int
    n_critic: int
    schedule: BatchSchedule
    labelled: bool


class StepStream(IterableDataset[StepBatch]):
    """The endless stream of steps from step `start` on.

    With DataLoader workers, worker w of W makes steps w, w+W, ...: the order stays that of the steps.

    Args:
        source: real data.
        batches_per_step: batches of a step, one for each critic update.
        batch_size: samples of a batch, over all processes.
        schedule: batch size of each step; None: `batch_size`.
        seed: of the run.
        start: first step.
        rank: this process.
        world_size: number of processes that share a batch.
        labelled: also yield the samples' labels.
    """

    def __init__(
        self,
        source: SampleSource,
        *,
        batches_per_step: int,
        batch_size: int,
        schedule: BatchSchedule | None = None,
        seed: int = 0,
        start: int = 0,
        rank: int = 0,
        world_size: int = 1,
        labelled: bool = False,
    ) -> None:
        self.labelled = labelled
        self.source, self.batches_per_step, self.seed = source, batches_per_step, seed
        self.schedule = schedule or ConstantBatch(batch_size, batches_per_step)
        self.start, self.rank, self.world_size = start, rank, world_size

    def step_batch(self, index: int) -> StepBatch:
        """Step `index` of the run."""
        images, size = (part := self.schedule(index)).images, part.batch_size
        batches = [
            (self.seed, index * self.batches_per_step + n, size, self.rank, self.world_size, images + n * size)
            for n in range(self.batches_per_step)
        ]
        real = torch.stack([self.source.batch(*batch) for batch in batches])
        labels = [self.source.labels_of(*batch) for batch in batches] if self.labelled else []
        label = [one for one in labels if one is not None]
        return StepBatch(real, index, size, torch.stack(label) if label else None)

    def __iter__(self) -> Iterator[StepBatch]:
        worker = get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        return (self.step_batch(k) for k in itertools.count(self.start + first, step))


class HeldOut:
    """The held-out samples, once, as steps of one batch each, of nearly equal sizes.

    Args:
        table: the samples.
        batch_size: largest number of samples in a step, over all processes.
        rank: this process.
        world_size: number of processes that share a step.
    """

    def __init__(self, table: SampleTable, *, batch_size: int, rank: int = 0, world_size: int = 1) -> None:
        self.table, self.rank, self.world_size = table, rank, world_size
        self.parts = torch.arange(len(table)).tensor_split(-(-len(table) // batch_size))

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[StepBatch]:
        for index, part in enumerate(self.parts):
            share, labels = part[self.rank :: self.world_size], self.table.labels
            label = None if labels is None else labels[share][None]
            yield StepBatch(self.table.rows[share][None], index, len(part), label)
