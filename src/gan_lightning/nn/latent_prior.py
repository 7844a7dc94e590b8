"""Priors of latents, made of standard normal numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from gan_lightning.nn.sign_latents import SignLatents

LatentPriorName = Literal["normal", "uniform", "truncated_normal", "discrete"]

LIMIT = 2.0  # of the truncated normal distribution, in standard deviations


class UniformLatents(nn.Module):
    """Each latent becomes uniform on (-1, 1), by erf(z / √2): the prior of DCGAN (arXiv:1511.06434) and BEGAN."""

    def forward(self, latent: Tensor) -> Tensor:
        """[B, latent_dim] → the same shape."""
        return torch.erf(latent * math.sqrt(0.5))


class TruncatedNormalLatents(nn.Module):
    """Each latent becomes one of a normal distribution cut off at ±2, in the same order.

    The smaller support is that of Brock et al. 2019 (arXiv:1809.11096, appendix E), here in training, too. Its quantile
    √2 erf⁻¹(erf(√2) erf(z / √2)) is found by Newton's method, which approaches it from within and which every export
    format knows.
    """

    def forward(self, latent: Tensor) -> Tensor:
        """[B, latent_dim] → the same shape."""
        aim = math.erf(LIMIT * math.sqrt(0.5)) * torch.erf(latent * math.sqrt(0.5))
        half = math.sqrt(math.pi) / 2
        x = half * aim * (1 + math.pi / 12 * aim.square())  # the first terms of the series of erf⁻¹
        for _ in range(6):
            x = x + half * (aim - torch.erf(x)) * torch.exp(x.square())
        return math.sqrt(2) * x


LATENT_PRIORS: dict[LatentPriorName, Callable[[int], nn.Module]] = {
    "normal": lambda latent_dim: nn.Identity(),
    "uniform": lambda latent_dim: UniformLatents(),
    "truncated_normal": lambda latent_dim: TruncatedNormalLatents(),
    "discrete": SignLatents,
}
