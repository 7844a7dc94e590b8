"""Latents by index."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from gan_lightning.core.rng import new_rng
from gan_lightning.sample.latent.truncation import truncate_by_resampling


def indexed_latents(seed: int, indices: Iterable[int], latent_dim: int, truncation: float | None = None) -> Tensor:
    """Standard normal latents [n, latent_dim], each a function of seed and index alone.

    Index 17 is the same sample in a grid of 64 and in a folder of 50,000.

    Args:
        seed: of all latents.
        indices: of the latents.
        latent_dim: length of a latent.
        truncation: threshold, see `truncate_by_resampling`; None is no truncation.
    """
    latents = [_latent(seed, index, latent_dim, truncation) for index in indices]
    return torch.stack(latents) if latents else torch.empty(0, latent_dim)


def _latent(seed: int, index: int, latent_dim: int, truncation: float | None) -> Tensor:
    latent = torch.randn(latent_dim, generator=new_rng(seed, "sample", index))
    return (
        latent if truncation is None else truncate_by_resampling(latent, truncation, new_rng(seed, "truncation", index))
    )
