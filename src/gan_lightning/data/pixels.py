"""Generated images as they would be stored."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError


def quantize(images: Tensor) -> Tensor:
    """Images in [-1, 1] as bytes, by the rule that saves them as PNG: -1 is 0, 1 is 255, the nearest level between.

    The inverse of how real images are brought to [-1, 1], so that reals survive both. What lies outside is cut off.

    Args:
        images: floats of any precision, [N, C, H, W].

    Returns:
        uint8, the same shape and device.

    Raises:
        UsageError: some images hold NaN or infinity.
    """
    levels = (images.detach().to(torch.promote_types(images.dtype, torch.float32)) + 1) * 127.5
    broken = int((~levels.isfinite()).flatten(1).any(1).sum())
    if broken:
        raise UsageError(
            f"{broken} of {len(images)} fake images hold NaN or infinity: look for where training diverged"
        )
    return levels.round().clamp(0, 255).to(torch.uint8)


def to_float(samples: Tensor) -> Tensor:
    """What networks see: uint8 images become floats in [-1, 1], all else stays as it is."""
    if samples.dtype != torch.uint8:
        return samples
    return samples.to(torch.get_default_dtype()).div_(127.5).sub_(1)
