"""Variational autoencoders: of independent pixels, and with a PixelCNN as decoder."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn

from gan_lightning.core.rng import StepRNG, layers_draw_from, new_rng
from gan_lightning.nn.encoder import Encoder, Posterior
from gan_lightning.study.generative_model.base import GenerativeModel, Likelihood, bernoulli, log_bernoulli, minimize
from gan_lightning.study.generative_model.pixel_cnn import CausalNetwork

DRAWS = 64  # of the importance-weighted bound


def encoder(size: int, latent_dim: int, width: int = 256) -> Encoder:
    """Two hidden layers, from images [B, 1, size, size]."""
    hidden = nn.Sequential(nn.Flatten(), nn.Linear(size * size, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
    return Encoder(hidden, width, latent_dim)


class VAE(GenerativeModel):
    """A latent z ~ N(0, 1) and independent pixels given z (Kingma & Welling 2014, arXiv:1312.6114).

    The bound of log p(x) is the importance-weighted one of 64 draws (Burda et al. 2016, arXiv:1509.00519); training
    maximises that of one draw, with the divergence from the prior in closed form.

    Args:
        size: height and width.
        latent_dim: numbers of z.
    """

    likelihood: ClassVar[Likelihood] = "lower bound"

    def __init__(self, size: int, latent_dim: int = 16) -> None:
        super().__init__()
        self.shape, self.latent_dim = (1, size, size), latent_dim
        self.encoder, self.decoder = encoder(size, latent_dim), self.make_decoder(size)

    def make_decoder(self, size: int) -> nn.Module:
        """The network from latents to pixels."""
        return nn.Sequential(
            *(nn.Linear(self.latent_dim, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()),
            *(nn.Linear(256, size * size), nn.Unflatten(1, self.shape)),
        )

    def logits(self, x: Tensor, latent: Tensor) -> Tensor:
        """Logits of the pixels of x given its latent; of independent ones x is not read."""
        logits: Tensor = self.decoder(latent)
        return logits

    def fit(self, images: Tensor, *, steps: int, batch: int, seed: int) -> None:
        """See `GenerativeModel.fit`."""

        def loss(x: Tensor, step: int) -> Tensor:
            posterior: Posterior = self.encoder(x)
            with layers_draw_from(StepRNG(new_rng(seed, "posterior", step))):
                latent = posterior.draw()
            return (posterior.divergence() - log_bernoulli(x, self.logits(x, latent))).mean()

        minimize(loss, self.parameters(), images, steps=steps, batch=batch, seed=seed, rate=1e-3)

    @torch.no_grad()
    def log_likelihood(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """See `GenerativeModel.log_likelihood`."""
        posterior: Posterior = self.encoder(x)
        terms = []
        for _ in range(DRAWS):
            latent = posterior.mean + posterior.log_std.exp() * torch.randn(posterior.mean.shape, generator=rng)
            prior = Posterior(torch.zeros_like(latent), torch.zeros_like(latent)).log_density(latent)
            terms.append(log_bernoulli(x, self.logits(x, latent)) + prior - posterior.log_density(latent))
        return torch.stack(terms).logsumexp(0) - math.log(DRAWS)

    @torch.no_grad()
    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """See `GenerativeModel.sample`."""
        return bernoulli(self.decoder(torch.randn(n, self.latent_dim, generator=rng)), rng)

    def passes(self) -> int:
        """See `GenerativeModel.passes`."""
        return 1

    @torch.no_grad()
    def codes(self, x: Tensor) -> Tensor:
        """Means of the latents."""
        posterior: Posterior = self.encoder(x)
        return posterior.mean


class PixelVAE(VAE):
    """A VAE whose decoder is a shallow PixelCNN given z (Gulrajani et al. 2017, arXiv:1611.05013).

    What a few pixels tell of the next is left to the decoder, the rest to z.
    """

    decoder: CausalNetwork

    def make_decoder(self, size: int) -> nn.Module:
        """See `VAE.make_decoder`."""
        return CausalNetwork(size, blocks=1, code=self.latent_dim)

    def logits(self, x: Tensor, latent: Tensor) -> Tensor:
        """See `VAE.logits`."""
        logits: Tensor = self.decoder(x, latent)
        return logits

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """See `GenerativeModel.sample`."""
        return self.decoder.draw(n, self.shape, rng, torch.randn(n, self.latent_dim, generator=rng))

    def passes(self) -> int:
        """See `GenerativeModel.passes`."""
        return self.shape[1] * self.shape[2]
