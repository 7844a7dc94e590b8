"""Latents that have a number."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from gan_lightning.runtime.draw import generator


def numbered(seed: int, numbers: Iterable[int], latent_dim: int) -> Tensor:
    """Standard normal latents [n, latent_dim], each a function of the seed and of its own number alone.

    So number 17 is the same sample in a grid of 64 and in a folder of 50,000, whatever else was drawn.
    """
    drawn = [torch.randn(latent_dim, generator=generator(seed, "sample", number)) for number in numbers]
    return torch.stack(drawn) if drawn else torch.empty(0, latent_dim)
