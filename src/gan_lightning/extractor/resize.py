"""Stored images as a network wants them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan_lightning.core.errors import UsageError

LUMA = (0.299, 0.587, 0.114)  # ITU-R 601


def check_images(images: Tensor) -> None:
    """Lets only stored images pass.

    Raises:
        UsageError: other than uint8 [N, 1 or 3, H, W].
    """
    if images.dim() != 4 or images.shape[1] not in (1, 3):
        raise UsageError(
            f"an extractor got images of shape {list(images.shape)}: give [N, 1, H, W] or [N, 3, H, W]; "
            "score other channels one by one"
        )
    if images.dtype != torch.uint8:
        raise UsageError(
            f"an extractor got images of {images.dtype}: give uint8 as stored, fakes through quantize(images)"
        )


def convert_channels(images: Tensor, channels: int) -> Tensor:
    """Images [N, 1 or 3, H, W] with `channels`: grey is repeated, RGB becomes grey by its ITU-R 601 luma."""
    if images.shape[1] == channels:
        return images
    if channels == 3:
        return images.expand(-1, 3, -1, -1)
    return (images * images.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def resize_square(images: Tensor, size: int) -> Tensor:
    """Images of levels 0 to 255, stretched to `size` squared: bicubic, antialiased where they shrink.

    Not rounded to whole levels again, but cut off at 0 and 255.
    """
    if images.shape[2:] == (size, size):
        return images
    return interpolate(images, (size, size), mode="bicubic", antialias=True).clamp(0, 255)
