"""Perceptual path length: the mean of distances along short steps in latent space."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError


def path_length(distances: Tensor, discard: float = 0.01) -> float:
    """Mean of distances over ε² without the smallest and largest (Karras et al. 2019, arXiv:1812.04948, section 4.1).

    Args:
        distances: d(G(z_t), G(z_{t+ε})) / ε² of n pairs, [n].
        discard: share left out at either end, as in StyleGAN's code.

    Raises:
        UsageError: there are no distances, or `discard` is not in [0, ½).
    """
    if not len(distances) or not 0 <= discard < 0.5:
        raise UsageError(f"path_length: {len(distances)} distances, discard={discard}: give some, and a share below ½")
    values = distances.double()
    low = torch.quantile(values, discard, interpolation="lower")
    high = torch.quantile(values, 1 - discard, interpolation="higher")
    return values[(values >= low) & (values <= high)].mean().item()
