"""DCGAN generator with an encoder, and a critic (discriminator) of latents."""

from __future__ import annotations

from gan_lightning.model import mlp_latents
from gan_lightning.model.dcgan_encoder import Generator as Generator


class Critic(mlp_latents.Critic):
    """`mlp_latents.Critic`; the arguments are those of it."""
