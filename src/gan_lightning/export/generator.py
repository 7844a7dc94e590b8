"""A trained generator as one module: latents or numbers of samples in, samples out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import BatchSize, Index, LargeCount, Positive, validate_arguments
from gan_lightning.nn.labels import bind_labels
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.generator import TrainedGenerator


class LoadedGenerator(nn.Module):
    """A trained generator, frozen and in eval mode; `gan_lightning.load` returns it.

    Attributes:
        network: latents (and labels) to samples; a progressive one at the stage of its checkpoint.
        latent_dim: length of a latent.
        shape: of one sample: (channels, height, width), or (2,) for points of the plane.
        classes: number of classes of a conditional generator; 0 for an unconditional one.
        step: training step of its weights.

    Args:
        trained: network, weights and where they are from.
    """

    def __init__(self, trained: TrainedGenerator) -> None:
        super().__init__()
        self.network, self.trained = trained.generator, trained
        sampler = Sampler(trained)
        self.latent_dim, self.shape, self.classes, self.step = (
            trained.latent_dim,
            sampler.shape,
            sampler.classes,
            trained.step,
        )
        self.eval()

    @property
    def device(self) -> torch.device:
        """The device of the weights; `to` moves them."""
        return next(self.network.parameters()).device

    @torch.no_grad()
    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """Latents [B, latent_dim] → samples [B, *shape], on the device of the latents; images lie in [-1, 1].

        Args:
            latent: standard normal, on the device of the weights.
            label: classes, int64 [B]; None cycles through the classes. Of no use without classes.
        """
        return bind_labels(self.network, label)(latent)

    @validate_arguments
    def sample(
        self,
        n: LargeCount,
        *,
        seed: Index = 0,
        label: Index | None = None,
        truncation: Positive | None = None,
        batch: BatchSize = 64,
    ) -> Tensor:
        """The samples that `python -m gan_lightning.sample` makes: sample i is a function of seed and i.

        Args:
            n: number of samples.
            seed: of the latents.
            label: class of all samples; None cycles through the classes.
            truncation: threshold beyond which entries of latents are resampled; None is no truncation.
            batch: samples in a forward pass.

        Returns:
            Samples [n, *shape] on the CPU; images lie in [-1, 1].

        Raises:
            UsageError: there is no such class, or a number is out of range.
        """
        sampler = Sampler(self.trained, seed=seed, batch=batch, label=label, truncation=truncation)
        return sampler(sampler.latents(range(n)))

    def extra_repr(self) -> str:
        """Arguments shown by `print(generator)`."""
        return f"latent_dim={self.latent_dim}, shape={self.shape}, classes={self.classes}, step={self.step}"
