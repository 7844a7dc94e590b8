"""Images of any number of channels as RGB pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gan_lightning.data.pixels import to_uint8

LIGHT, DARK = 255, 204  # of the checkerboard behind what is transparent
SQUARES = 8  # of the checkerboard along the shorter side


def to_rgb(images: Tensor, bands: Sequence[int] | None = None) -> Tensor:
    """Images in [-1, 1] as bytes, on the CPU.

    One channel is drawn grey, three as red, green and blue, four as RGBA over a checkerboard. Of two the second is
    green and blue; of more than four the first three are drawn.

    Args:
        images: [..., C, H, W].
        bands: channels to draw instead: one, grey, or three.

    Returns:
        uint8 [..., 3, H, W].
    """
    if bands is not None:
        images = images[..., list(bands), :, :]
    levels = to_uint8(images)
    channels = levels.shape[-3]
    if channels == 4:
        return _over_checkerboard(levels)
    if channels == 2:
        return levels[..., [0, 1, 1], :, :]
    return levels[..., :3, :, :].expand(*levels.shape[:-3], 3, -1, -1)


def _over_checkerboard(levels: Tensor) -> Tensor:
    """RGBA [..., 4, H, W] over grey squares."""
    height, width = levels.shape[-2:]
    side = max(1, min(height, width) // SQUARES)
    odd = (torch.arange(height)[:, None] // side + torch.arange(width) // side) % 2
    board = torch.where(odd.bool(), DARK, LIGHT).float()
    alpha = levels[..., 3:, :, :].float() / 255
    return torch.lerp(board.expand(3, -1, -1), levels[..., :3, :, :].float(), alpha).round().to(torch.uint8)
