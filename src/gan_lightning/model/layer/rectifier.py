"""ReLU and LeakyReLU whose second derivative is known to be zero.

Torch's own double backward of a rectifier returns zeros for the rectifier's input, and a gradient penalty drags those
zeros backwards through the whole critic. Here a rectifier is the product of its input with its slope there, a constant:
what depends on the incoming gradient alone leaves nothing to drag. Values and gradients are torch's. What is gone is a
path: a parameter on which no gradient depends (a bias, in a critic of these layers) gets None from a penalty alone,
where torch's layers give zeros.

A product, and not an autograd Function, because Functions silently give wrong gradients within a compiled double
backward, and because torch.func knows it. At infinity it differs from torch's layers: 0 · ∞ is NaN.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ReLU(nn.ReLU):
    """`torch.nn.ReLU`, made for gradients of gradients."""

    def forward(self, x: Tensor) -> Tensor:
        """[...] → [...]."""
        slope = torch.ops.aten.threshold_backward(_one(x), x.detach(), 0)
        return x.mul_(slope) if self.inplace else x * slope


class LeakyReLU(nn.LeakyReLU):
    """`torch.nn.LeakyReLU`, made for gradients of gradients."""

    def forward(self, x: Tensor) -> Tensor:
        """[...] → [...]."""
        if x.element_size() < 4:  # the slope itself would be rounded; penalties are in single precision anyway
            return super().forward(x)
        slope = torch.ops.aten.leaky_relu_backward(_one(x), x.detach(), self.negative_slope, False)
        return x.mul_(slope) if self.inplace else x * slope


def _one(x: Tensor) -> Tensor:
    return torch.ones((), dtype=x.dtype, device=x.device).expand_as(x)
