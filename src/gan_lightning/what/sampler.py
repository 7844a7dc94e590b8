"""Samples by their numbers."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from gan_lightning.latent.numbered import numbered
from gan_lightning.runtime.refusal import Refusal
from gan_lightning.runtime.trained import Trained


class Sampler:
    """A trained generator and a seed: number i is the same sample in all that is made of them.

    Attributes:
        shape: of one sample.

    Args:
        trained: the generator.
        seed: of the latents.
        batch: samples made at once.
    """

    def __init__(self, trained: Trained, *, seed: int = 0, batch: int = 64) -> None:
        self.trained, self.seed, self.batch = trained, seed, batch
        weight = next(trained.generator.parameters())
        self._device, self._dtype = weight.device, weight.dtype
        self.shape = tuple(self(self.latents([0])).shape[1:])

    def latents(self, numbers: Iterable[int]) -> Tensor:
        """Standard normal latents [n, latent_dim]."""
        return numbered(self.seed, numbers, self.trained.latent_dim)

    @torch.no_grad()
    def __call__(self, latents: Tensor) -> Tensor:
        """Latents [..., latent_dim] → samples [..., *shape], on the CPU in single precision.

        Raises:
            Refusal: there is too little memory for a batch.
        """
        made = []
        for part in torch.split(latents.flatten(0, -2), self.batch):
            try:
                made.append(self.trained.generator(part.to(self._device, self._dtype)).float().cpu())
            except RuntimeError as error:
                if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
                    raise Refusal(f"out of memory: try batch={max(1, self.batch // 4)}") from error
                raise
        samples = torch.cat(made)
        return samples.view(*latents.shape[:-1], *samples.shape[1:])
