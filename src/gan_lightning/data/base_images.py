"""Images brought to one shape, as uint8."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.io.declared_shape import Shape, check_declared_shape


class Images(AdversarialDataModule):
    """Square images of a chosen size and number of channels.

    Args:
        size: height and width that images are brought to.
        channels: 1 (grey) or 3 (RGB) that images are brought to.
        shape: stated for other parts of a config; [channels, size, size].
        batch_size: global batch of one critic turn.
        num_workers: processes that prepare steps ahead.
        classes: that images are of; 0: they have no labels.
    """

    def __init__(
        self, *, size: int, channels: int, shape: Shape | None, batch_size: int, num_workers: int, classes: int = 0
    ) -> None:
        super().__init__(batch_size=batch_size, num_workers=num_workers, classes=classes)
        self._shape = check_declared_shape(
            shape, (channels, size, size), "it follows data.size and data.channels, set those"
        )

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of one image."""
        return self._shape


def fit_to_shape(images: Tensor, shape: Shape) -> Tensor:
    """uint8 images [N, C, H, W] as uint8 [N, *shape].

    The image is scaled (bicubic, antialiased) until it just covers the target, then the middle is kept. Grey is
    repeated for RGB; RGB becomes grey by the ITU-R 601 weights .299, .587, .114.
    """
    return torch.cat([_scaled(_recolored(part, shape[0]), shape[1:]) for part in torch.split(images, 1024)])


def _recolored(images: Tensor, channels: int) -> Tensor:
    if images.shape[1] == channels:
        return images
    if channels > 1:
        return images.expand(-1, channels, -1, -1)
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    return (images * luma).sum(1, keepdim=True).round().to(torch.uint8)


def _scaled(images: Tensor, target: Shape) -> Tensor:
    height, width = images.shape[2:]
    ratio = max(target[0] / height, target[1] / width)
    size = (max(round(height * ratio), target[0]), max(round(width * ratio), target[1]))
    if size != (height, width):
        resized = interpolate(images.float(), size, mode="bicubic", antialias=True)
        images = resized.round().clamp(0, 255).to(torch.uint8)
    top, left = (size[0] - target[0]) // 2, (size[1] - target[1]) // 2
    return images[:, :, top : top + target[0], left : left + target[1]]
