"""Real images at the resolution and blending of progressive networks (Karras et al. 2018, arXiv:1710.10196)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.image_pyramid import pixels, resolution_levels


def fade(real: Tensor, level: int, alpha: float = 1.0) -> Tensor:
    """Real images at a level: averaged over squares, and blended as the generator's images are.

    The authors round the lower resolutions to 8 bits on disk; here they are exact.

    Args:
        real: [B, channels, H, W] of base·2^n px per side, n ≥ level; see `resolution_levels`.
        level: level of the returned images.
        alpha: weight of the level's detail; 0: the detail of half the resolution, in pixels twice as large.

    Returns:
        [B, channels, base·2^level, base·2^level]; `real` itself if nothing changes.

    Raises:
        UsageError: the images are smaller than the level's.
    """
    base, last = resolution_levels(*real.shape[2:]) or (real.shape[2:], 0)
    if last < level:
        there = pixels([side << level for side in base])
        raise UsageError(f"level {level} is of {there}, the images are of {pixels(real.shape[2:])}")
    image = real if last == level else avg_pool2d(real, 1 << (last - level))
    return image if alpha == 1 or level == 0 else torch.lerp(double(halve(image)), image, alpha)


def double(image: Tensor) -> Tensor:
    """[B, C, H, W] → [B, C, 2H, 2W], each pixel a square of four."""
    return interpolate(image, scale_factor=2)


def halve(image: Tensor) -> Tensor:
    """[B, C, H, W] → [B, C, H/2, W/2], means over 2×2."""
    return avg_pool2d(image, 2)
