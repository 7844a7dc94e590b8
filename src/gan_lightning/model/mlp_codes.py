"""Fully connected generator whose first latents are codes (InfoGAN), and its critic (discriminator)."""

from __future__ import annotations

from gan_lightning.model import mlp
from gan_lightning.model.mlp import Critic as Critic
from gan_lightning.nn.latent_codes import WithCodes


class Generator(WithCodes, mlp.Generator):
    """`mlp.Generator` with codes; the arguments are those of `WithCodes` and of `mlp.Generator`."""
