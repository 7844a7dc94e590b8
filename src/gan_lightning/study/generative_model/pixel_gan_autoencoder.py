"""PixelGAN autoencoder: a PixelCNN given a code whose distribution a critic keeps normal."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.rng import new_rng
from gan_lightning.loss import NonSaturating
from gan_lightning.model.mlp import Critic
from gan_lightning.nn.encoder import Posterior
from gan_lightning.study.generative_model.base import GenerativeModel, draw, log_bernoulli, minimize
from gan_lightning.study.generative_model.pixel_cnn import CausalNetwork
from gan_lightning.study.generative_model.vae import encoder


class PixelGANAutoencoder(GenerativeModel):
    """The critic tells codes of N(0, 1) from those of images (Makhzani & Frey 2017, arXiv:1706.00531).

    Encoder and decoder maximise log p(x given code), and the encoder the critic's error. Neither gives log p(x).

    Args:
        size: height and width.
        latent_dim: numbers of a code.
        weight: of the adversarial loss against log p(x given code) by pixel.
    """

    def __init__(self, size: int, latent_dim: int = 16, weight: float = 0.02) -> None:
        super().__init__()
        self.shape, self.latent_dim, self.weight = (1, size, size), latent_dim, weight
        self.encoder, self.decoder = encoder(size, latent_dim), CausalNetwork(size, blocks=1, code=latent_dim)
        self.critic, self.loss = Critic(shape=(latent_dim,), width=128, depth=2), NonSaturating()

    def fit(self, images: Tensor, *, steps: int, batch: int, seed: int) -> None:
        """See `GenerativeModel.fit`; a critic update comes before each of the autoencoder."""
        critics = torch.optim.Adam(self.critic.parameters(), lr=5e-4, betas=(0.5, 0.999))

        def loss(x: Tensor, step: int) -> Tensor:
            critics.zero_grad()
            with torch.no_grad():
                codes = self.codes(draw(images, batch, seed, -1 - step))
            prior = torch.randn(codes.shape, generator=new_rng(seed, "prior", step))
            self.loss.critic(self.critic(prior), self.critic(codes)).backward()  # type: ignore[no-untyped-call]
            critics.step()
            codes = self._codes(x)
            adversarial = self.loss.generator(self.critic(codes), lambda: self.critic(prior))
            return self.weight * adversarial - log_bernoulli(x, self.decoder(x, codes)).mean() / x[0].numel()

        own = [*self.encoder.parameters(), *self.decoder.parameters()]
        minimize(loss, own, images, steps=steps, batch=batch, seed=seed, rate=1e-3)

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """See `GenerativeModel.sample`."""
        return self.decoder.draw(n, self.shape, rng, torch.randn(n, self.latent_dim, generator=rng))

    def passes(self) -> int:
        """See `GenerativeModel.passes`."""
        return self.shape[1] * self.shape[2]

    @torch.no_grad()
    def codes(self, x: Tensor) -> Tensor:
        """See `GenerativeModel.codes`."""
        return self._codes(x)

    def _codes(self, x: Tensor) -> Tensor:
        posterior: Posterior = self.encoder(x)
        return posterior.mean
