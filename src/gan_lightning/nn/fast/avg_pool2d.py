"""Average pooling with a fast double backward."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.modules.utils import _pair


class AvgPool2d(nn.AvgPool2d):
    """`torch.nn.AvgPool2d` with a fast double backward (see `nn.fast.relu`).

    Sums over squares are the transpose of nearest-neighbor upsampling, and torch has both, each as the derivative of
    the other: no zeros in the backward pass, nothing saved. Overlapping or padded squares, squares that do not fill the
    image, and compiled calls use torch's layer.
    """

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] → [B, C, H / kernel, W / kernel]."""
        kernel = _pair(self.kernel_size)
        squares = _pair(self.stride) == kernel and _pair(self.padding) == (0, 0) and self.divisor_override is None
        if (
            not squares
            or x.dim() != 4
            or torch.compiler.is_compiling()
            or x.shape[2] % kernel[0]
            or x.shape[3] % kernel[1]
        ):
            y: Tensor = super().forward(x)
            return y
        size = [x.shape[2] // kernel[0], x.shape[3] // kernel[1]]
        sums: Tensor = torch.ops.aten.upsample_nearest2d_backward(x, x.shape[2:], [*x.shape[:2], *size], None, None)
        return sums.div(kernel[0] * kernel[1])
