"""Dropout whose random numbers do not depend on how a batch is cut among devices and micro-batches."""

from __future__ import annotations

from typing import TypeVar

from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from gan_lightning.core.rng import layer_rng

Network = TypeVar("Network", bound=nn.Module)


class _RowDropout(_DropoutNd):
    """Dropout that draws from the rng of the training step, if there is one, for the rows of the global batch.

    The first axis is the batch. Without such an rng, and in eval mode, it is torch's layer.
    """

    by_channel = False  # True: a number for each channel, False: for each element

    def forward(self, input: Tensor) -> Tensor:
        """[B, ...] → the same shape."""
        rng = layer_rng()
        if rng is None or not self.training or self.p == 0:
            y: Tensor = super().forward(input)
            return y
        shape = input.shape if not self.by_channel else [*input.shape[:2], *[1] * (input.dim() - 2)]
        keep = rng.uniform(*shape, device=input.device) >= self.p
        return input * keep.to(input.dtype).div_(1 - self.p or 1)


class Dropout(_RowDropout, nn.Dropout):
    """`torch.nn.Dropout`, for inputs [B, ...]."""


class Dropout1d(_RowDropout, nn.Dropout1d):
    """`torch.nn.Dropout1d`: whole channels of inputs [B, C, L]."""

    by_channel = True


class Dropout2d(_RowDropout, nn.Dropout2d):
    """`torch.nn.Dropout2d`: whole channels of inputs [B, C, H, W]."""

    by_channel = True


class Dropout3d(_RowDropout, nn.Dropout3d):
    """`torch.nn.Dropout3d`: whole channels of inputs [B, C, D, H, W]."""

    by_channel = True


CONVERSIONS: dict[type[nn.Module], type[nn.Module]] = {
    nn.Dropout: Dropout,
    nn.Dropout1d: Dropout1d,
    nn.Dropout2d: Dropout2d,
    nn.Dropout3d: Dropout3d,
}


def convert_dropout(network: Network) -> Network:
    """Converts torch's dropout layers in place, by their class: the same objects. Subclasses of them are left."""
    for layer in network.modules():
        layer.__class__ = CONVERSIONS.get(type(layer), type(layer))
    return network
