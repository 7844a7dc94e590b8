"""ReLU and LeakyReLU whose second derivative is known to be zero.

Torch's own double backward of a rectifier returns zeros for the rectifier's input, and a gradient penalty drags those
zeros backwards through the whole critic. A rectifier's derivative, in torch's kernels, multiplies with a slope that is
read off the layer's input; multiply that input itself, and the result is the rectifier. Here the slope is read off a
detached copy, so what depends on the incoming gradient alone leaves nothing to drag. Values and gradients are torch's.
What is gone is a path: a parameter on which no gradient depends (a bias, in a critic of these layers) gets None from a
penalty alone, where torch's layers give zeros.

Not an autograd Function: those silently give wrong gradients within a compiled double backward.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ReLU(nn.ReLU):
    """`torch.nn.ReLU`, made for gradients of gradients; never in place."""

    def forward(self, x: Tensor) -> Tensor:
        """[...] → [...]."""
        rectified: Tensor = torch.ops.aten.threshold_backward(x, x.detach(), 0)
        return rectified


class LeakyReLU(nn.LeakyReLU):
    """`torch.nn.LeakyReLU`, made for gradients of gradients; never in place."""

    def forward(self, x: Tensor) -> Tensor:
        """[...] → [...]."""
        rectified: Tensor = torch.ops.aten.leaky_relu_backward(x, x.detach(), self.negative_slope, False)
        return rectified
