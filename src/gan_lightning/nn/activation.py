"""Activations of image networks, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

Activation = Literal["relu", "leaky_relu", "tanh", "gated"]


class Gate(nn.Module):
    """(a, b) ↦ tanh(a) · sigmoid(b), a and b being the two halves of the channels.

    The gated unit of PixelCNN (van den Oord et al. 2016, arXiv:1606.05328, eq. 2), and the "gated multiplicative
    nonlinearity" in the robustness test of Gulrajani et al. 2017 (arXiv:1704.00028), whose code takes even and odd
    channels for the two: the same up to the order of channels.
    """

    def forward(self, x: Tensor) -> Tensor:
        """[B, 2·C, H, W] → [B, C, H, W]."""
        a, b = x.chunk(2, 1)
        return torch.tanh(a) * torch.sigmoid(b)


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": partial(nn.LeakyReLU, 0.2),
    "tanh": nn.Tanh,
    "gated": Gate,
}


def activation_layer(name: Activation) -> nn.Module:
    """The layer of that name; leaky_relu has a slope of 0.2 below zero."""
    return ACTIVATIONS[name]()


def channels_before(name: Activation, channels: int) -> int:
    """Input channels of an activation with this many output channels: twice as many for a gate."""
    return 2 * channels if name == "gated" else channels
