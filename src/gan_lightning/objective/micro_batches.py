"""The batch of a step, cut into updates and micro-batches, each with its random numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, layers_draw_from, new_rng
from gan_lightning.data.pixels import to_float
from gan_lightning.data.stream import StepBatch
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.nn.minibatch_groups import num_groups

Batch = StepBatch | Tensor | Sequence[Tensor] | Mapping[str, Tensor]
SAMPLES = ("image", "images", "sample", "samples", "x", "data", "input", "inputs", "pixel_values")
LABELS = ("label", "labels", "y", "target", "targets", "class")


class MicroBatch(NamedTuple):
    """The input of one forward and backward pass: real samples [batch, *shape], random numbers, labels [batch, ...]."""

    real: Tensor
    rng: StepRNG
    label: Tensor | None


@dataclass(frozen=True)
class MicroBatches:
    """Cuts the batch of a step into the micro-batches of its updates.

    Args:
        seed: of the run.
        n_critic: critic updates a step.
        accumulate: micro-batches over which the gradients of an update are accumulated.
        rank: this process.
        world_size: how many processes share a batch.
    """

    seed: int
    n_critic: int
    accumulate: int = 1
    rank: int = 0
    world_size: int = 1

    def critic_updates(self, batch: Batch, index: int) -> Iterator[Iterator[MicroBatch]]:
        """The micro-batches of the `n_critic` critic updates of step `index`, each update on its own real batch."""
        labels = self.labels(batch)
        for n, real in enumerate(self.reals(batch)):
            yield self._micro_batches(real, None if labels is None else labels[n], "critic", index * self.n_critic + n)

    def generator_update(self, batch: Batch, index: int) -> Iterator[MicroBatch]:
        """The micro-batches of the generator update of step `index`, on the real batch of the last critic update."""
        labels = self.labels(batch)
        return self._micro_batches(self.reals(batch)[-1], None if labels is None else labels[-1], "generator", index)

    def held_out(self, batch: Batch, index: int, groups: Collection[int] = ()) -> tuple[MicroBatch, slice]:
        """Held-out samples of batch `index`, and the rows of them that are this process's share.

        The samples are the share alone, or the whole batch where shares would cut a group. A collective call.

        Args:
            batch: this process's share.
            index: number of the batch.
            groups: sizes of the groups of minibatch layers.
        """
        real, label = split_batch(batch)
        if isinstance(batch, StepBatch):
            real, label = real[0], None if label is None else label[0]
        rows = batch.rows if isinstance(batch, StepBatch) else len(real) * self.world_size
        source = new_rng(self.seed, "held out", index, device=real.device)
        if all(num_groups(rows, size) % self.world_size == 0 for size in groups):
            rng = StepRNG(source, 0, self.rank, self.world_size, total=rows)
            return MicroBatch(to_float(real), rng, label), slice(None)
        gather, device = ProcessGroup(self.rank, self.world_size).gather_rows, real.device
        label = None if label is None else gather(label).to(device)
        own = slice(self.rank, None, self.world_size)
        return MicroBatch(to_float(gather(real).to(device)), StepRNG(source), label), own

    def reals(self, batch: Batch) -> Tensor:
        """Real samples as stored, [n_critic, batch, *shape]; a DataLoader's plain batch is cut in parts."""
        if isinstance(batch, StepBatch):
            return batch.real
        real, _ = split_batch(batch)
        parts = self.n_critic * self.accumulate
        if len(real) % parts:
            raise UsageError(
                f"a batch of {len(real)} samples does not make {self.n_critic} critic update(s) of {self.accumulate} "
                f"micro-batch(es): give the DataLoader drop_last=True and a batch_size that is a multiple of {parts}"
            )
        return real.view(self.n_critic, -1, *real.shape[1:])

    def labels(self, batch: Batch) -> Tensor | None:
        """The labels of `reals`, [n_critic, batch, ...], see `StepBatch`; None for an unlabelled batch."""
        if isinstance(batch, StepBatch):
            return batch.label
        _, label = split_batch(batch)
        return None if label is None else label.reshape(self.n_critic, -1, *label.shape[1:])

    def _micro_batches(self, real: Tensor, label: Tensor | None, player: str, update: int) -> Iterator[MicroBatch]:
        for n in range(self.accumulate):
            # Each micro-batch of each rank draws the numbers of the whole batch and keeps its own rows.
            source = new_rng(self.seed, player, update, device=real.device)
            rng = StepRNG(source, update, self.rank + self.world_size * n, self.world_size * self.accumulate)
            labels = None if label is None else label[n :: self.accumulate]
            with layers_draw_from(rng):  # until the next micro-batch is asked for
                yield MicroBatch(to_float(real[n :: self.accumulate]), rng, labels)


def split_batch(batch: Any) -> tuple[Tensor, Tensor | None]:
    """Samples and labels of a DataLoader's batch: a tensor, a tuple (samples, labels), or a dictionary.

    A dictionary's samples are its entry of a usual name (image, x, pixel_values, ...), or its only entry beside labels.
    Labels are classes, int64 [batch]; numbers [batch, k], of any type; or images [batch, ...], floats or uint8.
    Anything else beside the samples is ignored.

    Raises:
        UsageError: there are no samples, or it is not clear which entry they are.
    """
    if isinstance(batch, StepBatch):
        return batch.real, batch.label
    if isinstance(batch, Tensor):
        return batch, None
    if isinstance(batch, Mapping):
        others = [name for name, value in batch.items() if name not in LABELS and isinstance(value, Tensor)]
        name = next((name for name in SAMPLES if name in others), others[0] if len(others) == 1 else None)
        if name is None:
            raise UsageError(
                f"a batch with the entries {', '.join(map(str, batch)) or 'none'}: call the samples 'image', and their "
                "classes 'label'"
            )
        parts = [batch[name], next((batch[name] for name in LABELS if name in batch), None)]
    else:
        parts = [*batch, None] if isinstance(batch, Sequence) else []
    if not parts or not isinstance(parts[0], Tensor):
        raise UsageError(
            f"a batch is a {type(batch).__name__} that does not begin with a tensor: give samples, "
            "(samples, labels), or a dictionary with 'image' and 'label'"
        )
    real, label = parts[:2]
    fits = isinstance(label, Tensor) and label.shape[:1] == real.shape[:1]
    return real, _labels(label) if fits else None


def _labels(label: Tensor) -> Tensor | None:
    if label.dim() == 1:
        return label if label.dtype == torch.int64 else None
    if label.dim() == 2:
        return label if label.is_floating_point() else label.to(torch.get_default_dtype())
    return label if label.is_floating_point() or label.dtype == torch.uint8 else None
