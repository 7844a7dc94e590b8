"""Features of all layers of a critic, and the filters of its first."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_max_pool2d

from gan_lightning.core.chunks import chunks
from gan_lightning.core.errors import UsageError
from gan_lightning.nn.freeze import train_mode

BATCH = 500


@torch.no_grad()
def pooled_features(critic: nn.Module, images: Tensor, grid: int) -> Tensor:
    """The features of all blocks of a critic in eval mode, each pooled to a grid by its maxima, [N, features].

    Radford et al. 2016 (arXiv:1511.06434, section 5.1), whose grid is 4 × 4.

    Args:
        critic: with `blocks_from_image`.
        images: [N, C, H, W].
        grid: side; features of fewer pixels are repeated.

    Raises:
        UsageError: the critic has no such blocks.
    """
    found = []
    blocks = blocks_of(critic)
    with train_mode(critic, training=False):
        for span in chunks(len(images), BATCH):
            features, pooled = images[span], []
            for block in blocks:
                features = block(features)
                pooled.append(adaptive_max_pool2d(features, grid).flatten(1))
            found.append(torch.cat(pooled, 1))
    return torch.cat(found)


def first_filters(critic: nn.Module) -> Tensor:
    """The kernels of the first convolution, [filters, C, H, W], each scaled to [-1, 1] with 0 in the middle."""
    convolution = next(layer for layer in blocks_of(critic)[0].modules() if isinstance(layer, nn.Conv2d))
    weight = convolution.weight.detach()
    return weight / weight.abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-12)


def blocks_of(critic: nn.Module) -> list[nn.Module]:
    """The blocks of a critic of images.

    Raises:
        UsageError: it has none.
    """
    blocks = cast("list[nn.Module]", getattr(critic, "blocks_from_image", []))
    if not blocks or not any(isinstance(layer, nn.Conv2d) for layer in blocks[0].modules()):
        kind = f"{type(critic).__module__.rpartition('.')[2]}.{type(critic).__name__}"
        raise UsageError(f"{kind} has no blocks of convolutions to read: use model=dcgan_small, dcgan or vgg")
    return blocks
