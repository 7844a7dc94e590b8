"""Samples by their numbers."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import derive_seed
from gan_lightning.nn.labels import bind_labels, num_classes_of
from gan_lightning.nn.standing_statistics import batch_norms, compute_standing_statistics
from gan_lightning.sample.latent.indexed import indexed_latents
from gan_lightning.sample.load import TrainedGenerator

PASS = 64  # samples in one forward pass for standing statistics


class Sampler:
    """A trained generator and a seed: number i is the same sample in all that is made of them.

    Attributes:
        shape: of one sample.
        classes: that the generator is told; 0 where it is told none.

    Args:
        trained: the generator.
        seed: of the latents.
        batch: samples made at once.
        label: the class of all samples; None: class after class.
        truncation: entries of latents beyond it are drawn again; None leaves them.
        standing: forward passes over which batch norm's statistics are taken anew, from latents truncated alike, 64 a
            pass, class after class; 0 keeps those of training.

    Raises:
        UsageError: there is no such class, or no batch norm whose statistics could be taken.
    """

    def __init__(
        self,
        trained: TrainedGenerator,
        *,
        seed: int = 0,
        batch: int = 64,
        label: int | None = None,
        truncation: float | None = None,
        standing: int = 0,
    ) -> None:
        self.trained, self.seed, self.batch, self.label = trained, seed, batch, label
        self.truncation, self.standing = truncation, standing
        self.classes = num_classes_of(trained.generator)
        if label is not None and label >= self.classes:
            known = f"the classes 0 to {self.classes - 1}" if self.classes else "no classes (train with condition=...)"
            raise UsageError(f"label={label}: this generator knows {known}")
        weight = next(trained.generator.parameters())
        self._device, self._dtype = weight.device, weight.dtype
        if standing:
            if not batch_norms(trained.generator):
                raise UsageError(f"standing={standing}: this generator has no batch norm; leave it out")
            compute_standing_statistics(trained.generator, map(self._pass, range(standing)))
        self.shape = tuple(self(self.latents([0])).shape[1:])

    def latents(self, numbers: Iterable[int], truncation: float | None = None) -> Tensor:
        """Standard normal latents [n, latent_dim], truncated as all are, or at another threshold."""
        return indexed_latents(self.seed, numbers, self.trained.latent_dim, truncation or self.truncation)

    def _pass(self, index: int) -> tuple[Tensor, Tensor]:
        """Latents that no sample has, and classes, for one pass of the standing statistics."""
        numbers = range(index * PASS, (index + 1) * PASS)
        latents = indexed_latents(derive_seed(self.seed, "standing"), numbers, self.trained.latent_dim, self.truncation)
        return latents.to(self._device, self._dtype), self.labels(numbers).to(self._device)

    def labels(self, numbers: Iterable[int]) -> Tensor:
        """Classes of the samples of these numbers, int64 [n]."""
        given = torch.tensor(list(numbers))
        return given % max(1, self.classes) if self.label is None else torch.full_like(given, self.label)

    @torch.no_grad()
    def __call__(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Latents [..., latent_dim] → samples [..., *shape], on the CPU in single precision.

        Args:
            latents: in rows; all of a row are of one class.
            labels: the rows' classes, int64; None: those of the samples 0, 1, 2, ....

        Raises:
            UsageError: there is too little memory for a batch.
        """
        made = []
        labels = self.labels(range(len(latents))) if labels is None else labels
        each = labels.repeat_interleave(latents[0].shape[:-1].numel()).to(self._device)
        for part, label in zip(
            *(torch.split(rows, self.batch) for rows in (latents.flatten(0, -2), each)), strict=True
        ):
            try:
                made.append(
                    bind_labels(self.trained.generator, label)(part.to(self._device, self._dtype)).float().cpu()
                )
            except RuntimeError as error:
                if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
                    raise UsageError(f"out of memory: try batch={max(1, self.batch // 4)}") from error
                raise
        samples = torch.cat(made)
        return samples.view(*latents.shape[:-1], *samples.shape[1:])
