"""ReLU and LeakyReLU with a fast double backward: their second derivative is zero.

Torch's double backward of a ReLU returns zeros for its input, and a gradient penalty backpropagates those zeros through
the whole critic. The backward kernel of a ReLU multiplies the incoming gradient by a slope that it reads from the
layer's input; applied to the input itself, it computes the ReLU. Here the slope is read from a detached copy, so that
the graph has no path with zeros. Values and gradients are torch's. One difference: a parameter on which no gradient
depends (a bias, in a critic of these layers) gets None from a penalty alone, where torch's layers give zeros.

Not an autograd Function: those silently give wrong gradients within a compiled double backward.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ReLU(nn.ReLU):
    """`torch.nn.ReLU`, with a fast double backward; never in place."""

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise, any shape."""
        rectified: Tensor = torch.ops.aten.threshold_backward(x, x.detach(), 0)
        return rectified


class LeakyReLU(nn.LeakyReLU):
    """`torch.nn.LeakyReLU`, with a fast double backward; never in place."""

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise, any shape."""
        rectified: Tensor = torch.ops.aten.leaky_relu_backward(x, x.detach(), self.negative_slope, False)
        return rectified
