"""Fully connected generator whose first latents are codes (InfoGAN), and its critic (discriminator)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from gan_lightning.core.validation import Count, Index
from gan_lightning.model import mlp
from gan_lightning.model.mlp import Critic as Critic
from gan_lightning.nn.latent_codes import LatentCodes


class Generator(mlp.Generator):
    """`mlp.Generator` with categorical and continuous codes among its latents, see `nn.latent_codes`.

    Args:
        categorical_codes: numbers of values of the categorical codes.
        continuous_codes: number of continuous codes.
        **network: the arguments of `mlp.Generator`.

    Raises:
        UsageError: there are fewer latents than codes.
    """

    def __init__(
        self, *, categorical_codes: Sequence[Count] = (10,), continuous_codes: Index = 2, **network: Any
    ) -> None:
        super().__init__(**network)
        self.codes = LatentCodes(categorical_codes, continuous_codes)
        self.codes.check_fit(self.latent_dim)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, latent_dim] → [B, *shape]."""
        return super().forward(self.codes(latent), label)
