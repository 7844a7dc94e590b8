"""Samples of a trained generator by index."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import derive_seed
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.nn.labels import bind_labels, label_shape_of, labels_in_turn, num_classes_of
from gan_lightning.nn.standing_statistics import batch_norms, compute_standing_statistics
from gan_lightning.sample.latent.indexed import indexed_latents
from gan_lightning.trained.direction import data_in, direction_of
from gan_lightning.trained.generator import TrainedGenerator

PASS_SIZE = 64  # samples in a forward pass for standing statistics


class Sampler:
    """A trained generator and a seed: index i is the same sample in all outputs.

    Attributes:
        shape: of one sample.
        classes: number of classes of the generator; 0 if it takes other labels or none.
        label_shape: of a label that is no class; else ().

    Args:
        trained: the generator.
        seed: of the latents.
        batch: samples in a forward pass.
        label: class of all samples, or labels of numbers [n, k], which are taken in turn. None cycles through the
            classes, or through the labels of held-out samples of the run's data.
        truncation: threshold of the truncation trick (entries beyond it are resampled); None is no truncation.
        standing: forward passes for standing statistics of batch norm, of 64 latents each, truncated alike, cycling
            through the classes; 0 keeps the statistics of training.

    Raises:
        UsageError: there is no such class, or no batch norm for standing statistics.
    """

    def __init__(
        self,
        trained: TrainedGenerator,
        *,
        seed: int = 0,
        batch: int = 64,
        label: int | Tensor | None = None,
        truncation: float | None = None,
        standing: int = 0,
    ) -> None:
        self.trained, self.seed, self.batch, self.label = trained, seed, batch, label
        self.truncation, self.standing = truncation, standing
        self.classes = num_classes_of(trained.generator)
        self.label_shape = label_shape_of(trained.generator)
        if isinstance(label, int) and label >= self.classes:
            known = f"the classes 0 to {self.classes - 1}" if self.classes else "no classes (train with condition=...)"
            raise UsageError(f"label={label}: this generator has {known}")
        weight = next(trained.generator.parameters())
        self._device, self._dtype = weight.device, weight.dtype
        if standing:
            if not batch_norms(trained.generator):
                raise UsageError(f"standing={standing}: this generator has no batch norm; leave it out")
            compute_standing_statistics(trained.generator, map(self._standing_pass, range(standing)))
        self.shape = tuple(self(self.latents([0]), labels_in_turn(trained.generator, 1)).shape[1:])

    def latents(self, indices: Iterable[int], truncation: float | None = None) -> Tensor:
        """Standard normal latents [n, latent_dim] of these indices, truncated as given, or at another threshold."""
        return indexed_latents(self.seed, indices, self.trained.latent_dim, truncation or self.truncation)

    def _standing_pass(self, index: int) -> tuple[Tensor, Tensor]:
        """Latents (other than those of samples) and labels for one pass of the standing statistics."""
        indices = range(index * PASS_SIZE, (index + 1) * PASS_SIZE)
        latents = indexed_latents(derive_seed(self.seed, "standing"), indices, self.trained.latent_dim, self.truncation)
        return latents.to(self._device, self._dtype), self.labels(indices).to(self._device)

    def labels(self, indices: Iterable[int]) -> Tensor:
        """Labels of the samples of these indices, int64 [n] or [n, *label_shape]."""
        index = torch.tensor(list(indices))
        if self.label_shape:
            known = self.label if isinstance(self.label, Tensor) else self.real.labels
            assert known is not None
            return known[index % len(known)]
        return index % max(1, self.classes) if self.label is None else torch.full_like(index, int(self.label))

    @property
    def real(self) -> SampleTable:
        """The held-out samples of the run's data."""
        held_out: SampleTable = self.data.held_out
        return held_out

    @cached_property
    def data(self) -> AdversarialDataModule:
        """The run's data, after `setup`.

        Raises:
            UsageError: they can't be read here.
        """
        try:
            return data_in(direction_of(self.trained), self.trained.data("a sample's label"))
        except UsageError as error:
            raise UsageError(f"{error}; samples have the labels of these data, or those of label=FILE.npy") from error

    @torch.no_grad()
    def __call__(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Latents [..., latent_dim] → samples [..., *shape], on the CPU in single precision.

        Args:
            latents: rows, each of one class.
            labels: of the rows; None is those of samples 0, 1, 2, ....

        Raises:
            UsageError: out of memory.
        """
        batches = []
        labels = self.labels(range(len(latents))) if labels is None else labels
        row_labels = labels.repeat_interleave(latents[0].shape[:-1].numel(), 0).to(self._device)
        for batch, label in zip(
            *(torch.split(rows, self.batch) for rows in (latents.flatten(0, -2), row_labels)), strict=True
        ):
            try:
                samples = bind_labels(self.trained.generator, label)(batch.to(self._device, self._dtype))
                batches.append(samples.float().cpu())
            except RuntimeError as error:
                if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
                    raise UsageError(f"out of memory: try batch={max(1, self.batch // 4)}") from error
                raise
        samples = torch.cat(batches)
        return samples.view(*latents.shape[:-1], *samples.shape[1:])
