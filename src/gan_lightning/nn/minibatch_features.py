"""What a critic is told about the rest of a batch, chosen by a word."""

from __future__ import annotations

from typing import Literal

from torch import nn

from gan_lightning.nn.minibatch_discrimination import MinibatchDiscrimination
from gan_lightning.nn.minibatch_stddev import MinibatchStddev

Minibatch = Literal["none", "stddev", "discrimination"]


def minibatch_layer(name: Minibatch, features: int) -> tuple[nn.Module, int]:
    """A layer of flattened features [B, features], and how many it gives."""
    if name == "none":
        return nn.Identity(), features
    if name == "stddev":
        return MinibatchStddev(), features + 1
    layer = MinibatchDiscrimination(features)
    return layer, features + layer.kernels
