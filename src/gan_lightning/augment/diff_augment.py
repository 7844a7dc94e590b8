"""DiffAugment: differentiable augmentation of images."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.core.validation import validate_arguments

SHIFT = 1 / 8  # of the side: the farthest translation
CUT = 1 / 2  # of the side: the square that is cut out


class DiffAugment:
    """Random color, translation and cutout of images in [-1, 1], real and fake (Zhao et al. 2020, arXiv:2006.10738).

    Strengths are the paper's. The critic's penalty is computed on augmented images.

    Args:
        color: brightness ± 0.5, then saturation × [0, 2], then contrast × [0.5, 1.5].
        translation: by up to an eighth of the side each way; what comes in is 0.
        cutout: a square of half the side, wherever its middle falls, becomes 0.

    Raises:
        UsageError: none of them is chosen.
    """

    @validate_arguments
    def __init__(self, color: bool = True, translation: bool = True, cutout: bool = True) -> None:
        chosen = {_color: color, _translation: translation, _cutout: cutout}
        self.transforms = [transform for transform, used in chosen.items() if used]
        if not self.transforms:
            raise UsageError(
                "DiffAugment does nothing: set one of color, translation and cutout to true, or leave it out"
            )

    def __call__(self, samples: Tensor, rng: StepRNG, step: int) -> Tensor:
        """The samples, augmented.

        Raises:
            UsageError: the samples are not images.
        """
        if samples.dim() != 4:
            raise UsageError(
                f"DiffAugment is for images, the data are of shape {tuple(samples.shape[1:])}: leave it out"
            )
        for transform in self.transforms:
            samples = transform(samples, rng)
        return samples


def _color(images: Tensor, rng: StepRNG) -> Tensor:
    brightness, saturation, contrast = _uniform(images, rng, 3)[:, :, None, None, None].unbind(1)
    images = images + (brightness - 0.5)
    images = torch.lerp(images.mean(1, keepdim=True), images, 2 * saturation)
    return torch.lerp(images.mean((1, 2, 3), keepdim=True), images, contrast + 0.5)


def _translation(images: Tensor, rng: StepRNG) -> Tensor:
    for axis, fraction in zip((2, 3), _uniform(images, rng, 2).unbind(1), strict=True):
        size = images.shape[axis]
        most = int(size * SHIFT + 0.5)
        shift = (fraction * (2 * most + 1)).floor().long() - most
        source = torch.arange(size, device=images.device) - shift[:, None]  # [batch, size]
        place = [len(images), 1, 1, 1]
        place[axis] = size
        inside = ((source >= 0) & (source < size)).view(place)
        images = images.gather(axis, source.clamp(0, size - 1).view(place).expand_as(images)) * inside
    return images


def _cutout(images: Tensor, rng: StepRNG) -> Tensor:
    keep = torch.ones_like(images[:, :1])
    rows, columns = (
        _within(size, fraction)
        for size, fraction in zip(images.shape[2:], _uniform(images, rng, 2).unbind(1), strict=True)
    )
    return images * keep.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0)


def _within(size: int, fraction: Tensor) -> Tensor:
    """Mask of the positions along a side that lie in the square, [batch, size]."""
    side = int(size * CUT + 0.5)
    middle = (fraction * (size + 1 - side % 2)).floor()
    first = middle - side // 2
    places = torch.arange(size, device=fraction.device)
    return (places >= first[:, None]) & (places < first[:, None] + side)


def _uniform(images: Tensor, rng: StepRNG, n: int) -> Tensor:
    """`n` numbers on [0, 1) for each image, [batch, n]."""
    return rng.uniform(len(images), n, device=images.device).to(images.dtype)
