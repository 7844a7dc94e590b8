"""Equalized learning rate (Karras et al. 2018, arXiv:1710.10196, section 4.1).

The weights are N(0, 1) and are scaled at each use by He's constant gain/√(fan-in) (He et al. 2015, arXiv:1502.01852).
Adam steps are of the same size for all parameters, whatever their gradients: with He's constant in the initialization
instead, a layer of small weights would change faster, relative to itself, than a layer of large ones.
"""

from __future__ import annotations

from math import prod, sqrt

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

HE = sqrt(2)  # keeps the second moment through a layer that a ReLU follows; 1 keeps it through a linear layer


class EqualizedLinear(nn.Linear):
    """x ↦ (gain/√inputs) Wx + b, W ~ N(0, 1), b = 0 at first.

    Args:
        inputs: input features.
        outputs: output features.
        bias: include b.
        gain: √2 for a layer that a (leaky) ReLU follows, 1 for the last.
    """

    def __init__(self, inputs: int, outputs: int, *, bias: bool = True, gain: float = HE) -> None:
        super().__init__(inputs, outputs, bias)
        self.scale = gain / sqrt(inputs)

    def reset_parameters(self) -> None:
        """Weights N(0, 1), bias 0."""
        _standard(self)

    def forward(self, x: Tensor) -> Tensor:
        """[..., inputs] → [..., outputs]."""
        return linear(x, self.weight * self.scale, self.bias)


class EqualizedConv2d(nn.Conv2d):
    """Convolution of stride 1 with weights gain/√(inputs·kernel²) · W, W ~ N(0, 1), and a bias of 0 at first.

    Args:
        inputs: input channels.
        outputs: output channels.
        kernel: height and width of the kernel.
        padding: zeros around the image.
        gain: √2 for a layer that a (leaky) ReLU follows, 1 for the last.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, *, padding: int = 0, gain: float = HE) -> None:
        super().__init__(inputs, outputs, kernel, padding=padding)
        self.scale = gain / sqrt(inputs * kernel**2)

    def reset_parameters(self) -> None:
        """Weights N(0, 1), bias 0."""
        _standard(self)

    def forward(self, x: Tensor) -> Tensor:
        """[B, inputs, H, W] → [B, outputs, H', W']."""
        y: Tensor = self._conv_forward(x, self.weight * self.scale, self.bias)
        return y


@torch.no_grad()
def fold_scales(network: nn.Module) -> None:
    """Moves He's constants into the weights, in place: the same function, with ordinary learning rates from then on."""
    for layer in network.modules():
        if isinstance(layer, (EqualizedLinear, EqualizedConv2d)):
            layer.weight.mul_(layer.scale)
            layer.scale = 1.0


def _standard(layer: nn.Linear | nn.Conv2d) -> None:
    nn.init.normal_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


class EqualizedProjection(nn.Module):
    """ProGAN's first layer: a convolution over a latent of one pixel, with the map as kernel, as a matrix product.

    He's constant counts the taps, and all positions share a channel's bias, as they would in the convolution.

    Args:
        latent_dim: dimensions of the latent.
        shape: (channels, height, width) of the map.
    """

    def __init__(self, latent_dim: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape
        self.linear = EqualizedLinear(latent_dim, prod(shape), bias=False, gain=HE / sqrt(prod(shape[1:])))
        self.bias = nn.Parameter(torch.zeros(shape[0], 1, 1))

    def forward(self, latent: Tensor) -> Tensor:
        """[B, latent_dim] → [B, *shape]."""
        y: Tensor = self.linear(latent).unflatten(1, self.shape) + self.bias
        return y
