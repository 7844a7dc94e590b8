"""Minibatch layers of critics, by name."""

from __future__ import annotations

from typing import Literal

from torch import nn

from gan_lightning.nn.minibatch_discrimination import MinibatchDiscrimination
from gan_lightning.nn.minibatch_stddev import MinibatchStddev

Minibatch = Literal["none", "stddev", "discrimination"]


def minibatch_layer(name: Minibatch, features: int) -> tuple[nn.Module, int]:
    """A layer for flattened features [B, features], and its number of output features."""
    if name == "none":
        return nn.Identity(), features
    if name == "stddev":
        return MinibatchStddev(), features + 1
    layer = MinibatchDiscrimination(features)
    return layer, features + layer.kernels
