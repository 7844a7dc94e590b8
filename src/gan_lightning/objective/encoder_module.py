"""Objectives whose generator has an encoder."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from gan_lightning.nn.encoder import Encoder, Posterior
from gan_lightning.nn.freeze import train_mode
from gan_lightning.objective import shape_checks
from gan_lightning.objective.base import AdversarialModule


class EncoderModule(AdversarialModule):
    """Generator and encoder are one player: one optimizer, average, checkpoint.

    Attributes:
        stochastic: in training latents are drawn from the encoder's normal distribution; else they are its mean.
    """

    trains_encoder = True
    stochastic: bool

    def latents(self, samples: Tensor) -> Tensor:
        """Latents [B, latent_dim] of samples as training has them, by the encoder that is trained."""
        posterior = self.posterior(samples)
        return posterior.draw() if self.stochastic and self.generator.training else posterior.mean

    def posterior(self, samples: Tensor) -> Posterior:
        """The distribution of the latents of samples, by the encoder that is trained."""
        posterior: Posterior = cast(Encoder, self.generator.encoder)(samples)
        return posterior

    @torch.no_grad()
    def encode(self, samples: Tensor) -> Tensor:
        """Mean latents [B, latent_dim] of samples as networks see them, by the averaged encoder."""
        posterior: Posterior = cast(Encoder, self.ema.generator.encoder)(self.to_device_of_weights(samples))
        return posterior.mean

    def reconstruct(self, samples: Tensor) -> Tensor:
        """The averaged generator's samples of the latents of samples."""
        return self.sample(self.encode(samples))

    def dry_run(self, real: Tensor) -> None:
        """See `DryRun`.

        Raises:
            UsageError: the encoder does not take the data, or makes latents of another length.
        """
        real = self.to_device_of_weights(real)
        with torch.no_grad(), train_mode(self.generator, training=False):
            shape_checks.check_latents(lambda samples: self.posterior(samples).mean, real, self.latent_dim)
        super().dry_run(real)
