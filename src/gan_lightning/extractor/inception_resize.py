"""The ways in which code bases bring images to Inception's input, [N, 3, 299, 299] around -1 to 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from gan_lightning.core.extras import import_extra

SIZE = (299, 299)
Resize = Literal["tensorflow", "clean", "antialiased", "pytorch_fid"]


class InputRule(NamedTuple):
    """One of these ways.

    Attributes:
        description: filter, antialiasing, size, for the provenance.
        suffix: of the extractor's name.
        function: float images of levels 0…255 [N, 3, H, W] → the network's input.
    """

    description: str
    suffix: str
    function: Callable[[Tensor], Tensor]


def tensorflow(images: Tensor) -> Tensor:
    """Bilinear with corners where TensorFlow 1 has them, as in the original FID and torch-fidelity."""
    module = import_extra("torch_fidelity.interpolate_compat_tensorflow", "fid")
    resized: Tensor = module.interpolate_bilinear_2d_like_tensorflow1x(images, size=SIZE, align_corners=False)
    return (resized - 128) / 128


def clean(images: Tensor) -> Tensor:
    """Bicubic by Pillow, antialiased, each channel in floats (Parmar et al. 2022, arXiv:2104.11222, as clean-fid)."""
    planes = images.flatten(0, 1).cpu().numpy().astype(np.float32)
    resized = [np.asarray(Image.fromarray(plane).resize(SIZE, Image.Resampling.BICUBIC)) for plane in planes]
    stacked = torch.from_numpy(np.stack(resized)).view(*images.shape[:2], *SIZE).clamp(0, 255)
    return (stacked.to(images.device) - 128) / 128


def antialiased(images: Tensor) -> Tensor:
    """Bilinear and antialiased, as in torchmetrics 1.8 and later."""
    return (interpolate(images, SIZE, mode="bilinear", align_corners=False, antialias=True) - 128) / 128


def pytorch_fid(images: Tensor) -> Tensor:
    """Bilinear on levels from 0 to 1, not antialiased, then 2x - 1, as in pytorch-fid."""
    return 2 * interpolate(images / 255, SIZE, mode="bilinear", align_corners=False) - 1


RULES: dict[Resize, InputRule] = {
    "tensorflow": InputRule("bilinear as in TensorFlow 1, not antialiased, to 299 px", "", tensorflow),
    "clean": InputRule("bicubic by Pillow, antialiased, in floats, to 299 px (clean-fid)", "_clean", clean),
    "antialiased": InputRule("bilinear, antialiased, to 299 px (torchmetrics)", "_antialiased", antialiased),
    "pytorch_fid": InputRule("bilinear, not antialiased, to 299 px, 2x - 1 (pytorch-fid)", "_pytorch_fid", pytorch_fid),
}
