"""Samples by their numbers."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from gan_lightning.latent.numbered import numbered
from gan_lightning.objective.label import classes_of, told
from gan_lightning.runtime.refusal import Refusal
from gan_lightning.runtime.trained import Trained


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

    Raises:
        Refusal: there is no such class.
    """

    def __init__(self, trained: Trained, *, seed: int = 0, batch: int = 64, label: int | None = None) -> None:
        self.trained, self.seed, self.batch, self.label = trained, seed, batch, label
        self.classes = classes_of(trained.generator)
        if label is not None and label >= self.classes:
            known = f"the classes 0 to {self.classes - 1}" if self.classes else "no classes (train with condition=...)"
            raise Refusal(f"label={label}: this generator knows {known}")
        weight = next(trained.generator.parameters())
        self._device, self._dtype = weight.device, weight.dtype
        self.shape = tuple(self(self.latents([0])).shape[1:])

    def latents(self, numbers: Iterable[int]) -> Tensor:
        """Standard normal latents [n, latent_dim]."""
        return numbered(self.seed, numbers, self.trained.latent_dim)

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
            Refusal: there is too little memory for a batch.
        """
        made = []
        labels = self.labels(range(len(latents))) if labels is None else labels
        each = labels.repeat_interleave(latents[0].shape[:-1].numel()).to(self._device)
        for part, label in zip(
            *(torch.split(rows, self.batch) for rows in (latents.flatten(0, -2), each)), strict=True
        ):
            try:
                made.append(told(self.trained.generator, label)(part.to(self._device, self._dtype)).float().cpu())
            except RuntimeError as error:
                if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
                    raise Refusal(f"out of memory: try batch={max(1, self.batch // 4)}") from error
                raise
        samples = torch.cat(made)
        return samples.view(*latents.shape[:-1], *samples.shape[1:])
