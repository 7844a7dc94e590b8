"""Latents that have a number."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from gan_lightning.core.rng import new_rng
from gan_lightning.sample.latent.truncation import truncate_by_resampling


def indexed_latents(seed: int, numbers: Iterable[int], latent_dim: int, truncation: float | None = None) -> Tensor:
    """Standard normal latents [n, latent_dim], each a function of the seed and of its own number alone.

    So number 17 is the same sample in a grid of 64 and in a folder of 50,000, whatever else was drawn.

    Args:
        seed: of all of them.
        numbers: which.
        latent_dim: numbers in each.
        truncation: entries beyond it are drawn again, see `resampled`; None leaves them.
    """
    drawn = [_one(seed, number, latent_dim, truncation) for number in numbers]
    return torch.stack(drawn) if drawn else torch.empty(0, latent_dim)


def _one(seed: int, number: int, latent_dim: int, truncation: float | None) -> Tensor:
    latent = torch.randn(latent_dim, generator=new_rng(seed, "sample", number))
    return (
        latent
        if truncation is None
        else truncate_by_resampling(latent, truncation, new_rng(seed, "truncation", number))
    )
