"""DCGAN generator whose first latents are codes (InfoGAN), and its critic (discriminator)."""

from __future__ import annotations

from gan_lightning.model import dcgan
from gan_lightning.model.dcgan import Critic as Critic
from gan_lightning.nn.latent_codes import WithCodes


class Generator(WithCodes, dcgan.Generator):
    """`dcgan.Generator` with codes; the arguments are those of `WithCodes` and of `dcgan.Generator`."""
