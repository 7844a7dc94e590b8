"""Labels that are computed from images: numbers, and images to be translated back."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

from gan_lightning.data.io.computed_label import ComputedLabel
from gan_lightning.data.pixels import convert_channels

LEAST_INK = 1e-3
SMALLER = 4  # times, along each side


def thickness(images: Tensor) -> Tensor:
    """Mean width of the strokes of light figures on black, in pixels, [N, 1]: twice the area over its total variation.

    A stroke of width w and length L has the area wL and two edges of length L.
    """
    ink = _ink(images)
    across, down = ink.diff(dim=2)[:, :-1], ink.diff(dim=1)[:, :, :-1]
    edges = (across.square() + down.square()).sqrt().sum((1, 2))
    return (2 * ink.sum((1, 2)) / edges.clamp(min=LEAST_INK))[:, None]


def slant(images: Tensor) -> Tensor:
    """Slant of light figures on black, in degrees to the right, [N, 1]: of the line through their rows' centres."""
    ink = _ink(images)
    mass = ink.sum((1, 2)).clamp(min=LEAST_INK)
    y, x = (torch.arange(side, dtype=ink.dtype) for side in ink.shape[1:])
    up = -(y - (ink.sum(2) @ y / mass)[:, None])
    right = x - (ink.sum(1) @ x / mass)[:, None]
    covariance = torch.einsum("nyx,ny,nx->n", ink, up, right)
    spread = torch.einsum("nyx,ny->n", ink, up.square()).clamp(min=LEAST_INK)
    return torch.rad2deg(torch.atan(covariance / spread))[:, None]


def edges(images: Tensor) -> Tensor:
    """Edges as dark lines on white, uint8 [N, 1, H, W]: the gradient of brightness."""
    grey = pad(convert_channels(images, 1).float(), (1, 1, 1, 1), "replicate")
    across, down = grey[:, :, 1:-1, 2:] - grey[:, :, 1:-1, :-2], grey[:, :, 2:, 1:-1] - grey[:, :, :-2, 1:-1]
    return (255 - (across.square() + down.square()).sqrt()).clamp(min=0).round().to(torch.uint8)


def thin(images: Tensor) -> Tensor:
    """The skeleton of light figures on black, one pixel wide, uint8 [N, 1, H, W] (Zhang & Suen 1984)."""
    figure = pad(convert_channels(images, 1)[:, 0] > 127, (1, 1, 1, 1))
    odd, changed = False, [True, True]
    while any(changed):
        north, east, south, west = (figure.roll(shift, dims=axis) for shift, axis in ((1, 1), (-1, 2), (-1, 1), (1, 2)))
        ring = [north, north.roll(-1, 2), east, south.roll(-1, 2), south, south.roll(1, 2), west, north.roll(1, 2)]
        count = torch.stack(ring).sum(0)
        rises = sum((~before & after).long() for before, after in zip(ring, [*ring[1:], ring[0]], strict=True))
        bare = (north & east & west | north & south & west) if odd else (north & east & south | east & south & west)
        peeled = figure & (count >= 2) & (count <= 6) & (rises == 1) & ~bare
        changed = [changed[1], bool(peeled.any())]
        figure, odd = figure & ~peeled, not odd
    return figure[:, None, 1:-1, 1:-1].to(torch.uint8) * 255


def grey(images: Tensor) -> Tensor:
    """Brightness, uint8 [N, 1, H, W]."""
    return convert_channels(images, 1)


def small(images: Tensor) -> Tensor:
    """A quarter of the resolution, at the same size, uint8."""
    pooled = avg_pool2d(images.float(), SMALLER, ceil_mode=True, count_include_pad=False)
    return interpolate(pooled, images.shape[2:], mode="bilinear").clamp(0, 255).round().to(torch.uint8)


FUNCTIONS: dict[ComputedLabel, Callable[[Tensor], Tensor]] = {
    "thickness": thickness,
    "slant": slant,
    "edges": edges,
    "thin": thin,
    "grey": grey,
    "small": small,
}


def _ink(images: Tensor) -> Tensor:
    return convert_channels(images, 1)[:, 0].float() / 255
