"""Pixels: stored bytes against floats in [-1, 1], channels and sizes. The one place for each of these computations."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.declared_shape import Shape
from gan_lightning.data.io.luma import LUMA


def to_float(samples: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Samples as networks take them: uint8 images become floats in [-1, 1] (None: torch's default), all else stays."""
    if samples.dtype != torch.uint8:
        return samples
    return samples.to(dtype or torch.get_default_dtype()).div_(127.5).sub_(1)


def quantize(images: Tensor) -> Tensor:
    """Images in [-1, 1] as bytes: -1 is 0, 1 is 255, the nearest level between; what lies outside is cut off.

    The inverse of `to_float`, so that reals survive both.

    Args:
        images: floats of any precision, [N, C, H, W].

    Returns:
        uint8, the same shape and device.

    Raises:
        UsageError: some images hold NaN or infinity.
    """
    levels = _levels(images)
    nonfinite = int((~levels.isfinite()).flatten(1).any(1).sum())
    if nonfinite:
        raise UsageError(
            f"{nonfinite} of {len(images)} fake images hold NaN or infinity: look for where training diverged"
        )
    return _rounded(levels)


def as_stored(images: Tensor) -> Tensor:
    """Images as an extractor takes them: uint8 ones as they are, floats in [-1, 1] by `quantize`."""
    return images if images.dtype == torch.uint8 else quantize(images)


def to_uint8(images: Tensor) -> Tensor:
    """`quantize` for figures and files: any shape, on the CPU; NaN is black."""
    return _rounded(_levels(images).cpu().nan_to_num(0.0))


def check_images(images: Tensor) -> None:
    """Accepts images as stored.

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
    """Images [N, 1 or 3, H, W] with 1 or 3 channels: grey is repeated, RGB becomes grey by its ITU-R 601 luma.

    uint8 images are rounded to whole levels, floats are not.
    """
    if images.shape[1] == channels:
        return images
    if channels == 3:
        return images.expand(-1, 3, -1, -1)
    luma = torch.tensor(LUMA, dtype=torch.float32, device=images.device).view(1, 3, 1, 1)
    grey = (images * luma).sum(1, keepdim=True)
    return grey.round().to(torch.uint8) if images.dtype == torch.uint8 else grey


def resize(images: Tensor, height: int, width: int) -> Tensor:
    """Images of levels 0 to 255, stretched: bicubic, antialiased where they shrink, cut off at 0 and 255.

    uint8 images are rounded to whole levels, floats are not.
    """
    if images.shape[2:] == (height, width):
        return images
    resized = interpolate(images.float(), (height, width), mode="bicubic", antialias=True).clamp(0, 255)
    return resized.round().to(torch.uint8) if images.dtype == torch.uint8 else resized


def from_uint16(levels: Tensor) -> Tensor:
    """Stored values of 16 bits as floats in [-1, 1]: 0 is -1, 65535 is 1."""
    signed = levels.view(torch.int16).to(torch.int32)  # a GPU computes little with uint16
    return signed.bitwise_and_(0xFFFF).to(torch.float32).div_(32767.5).sub_(1)


def to_uint16(images: Tensor) -> Tensor:
    """Images in [-1, 1] as values of 16 bits, for files; the inverse of `from_uint16`; NaN is black."""
    levels = ((images.detach().cpu().double() + 1) * 32767.5).nan_to_num(0.0).round().clamp(0, 65535)
    return torch.from_numpy(levels.numpy().astype(np.uint16))


def fit_to_shape(images: Tensor, shape: Shape) -> Tensor:
    """uint8 images [N, 1 or 3, H, W] as uint8 [N, *shape].

    The image is scaled (see `resize`) until it just covers the target, then the middle is kept; for channels see
    `convert_channels`.
    """
    return torch.cat([_cover(convert_channels(part, shape[0]), *shape[1:]) for part in torch.split(images, 1024)])


def _cover(images: Tensor, height: int, width: int) -> Tensor:
    ratio = max(height / images.shape[2], width / images.shape[3])
    size = (max(round(images.shape[2] * ratio), height), max(round(images.shape[3] * ratio), width))
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    return resize(images, *size)[:, :, top : top + height, left : left + width]


def _levels(images: Tensor) -> Tensor:
    return (images.detach().to(torch.promote_types(images.dtype, torch.float32)) + 1) * 127.5


def _rounded(levels: Tensor) -> Tensor:
    return levels.round().clamp(0, 255).to(torch.uint8)
