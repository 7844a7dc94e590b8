"""Replaces layers of a network by faster ones."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from gan_lightning.nn.equalized import EqualizedConv2d
from gan_lightning.nn.fast.avg_pool2d import AvgPool2d
from gan_lightning.nn.fast.conv2d import Conv2d
from gan_lightning.nn.fast.conv_transpose2d import ConvTranspose2d
from gan_lightning.nn.fast.relu import LeakyReLU, ReLU

Network = TypeVar("Network", bound=nn.Module)
Replacements = dict[type[nn.Module], type[nn.Module]]


class _EqualizedConv2d(EqualizedConv2d, Conv2d):
    """`EqualizedConv2d` with the fast convolution."""


FIRST_ORDER: Replacements = {nn.ConvTranspose2d: ConvTranspose2d}
SECOND_ORDER: Replacements = FIRST_ORDER | {
    nn.ReLU: ReLU,
    nn.LeakyReLU: LeakyReLU,
    nn.AvgPool2d: AvgPool2d,
    nn.Conv2d: Conv2d,
    EqualizedConv2d: _EqualizedConv2d,
}


def use_fast_layers(network: Network, *, second_order: bool = False) -> Network:
    """Replaces layers by faster ones of the same function, in place; results are equal up to rounding.

    Layers that are exactly torch's own, parametrized ones included, get the class of their replacement in this folder.
    The objects stay the same, with their parameters, names and hooks; subclasses and all other layers are unchanged.
    Weights of 2-D convolutions get the memory format channels_last. Idempotent. Benchmark: `python -m benchmarks.step`.

    Args:
        network: any torch network.
        second_order: True for double backward, as by a gradient penalty.

    Returns:
        The same network.
    """
    replacements = SECOND_ORDER if second_order else FIRST_ORDER
    for layer in network.modules():
        kind = type(layer)
        if kind in replacements:
            layer.__class__ = replacements[kind]
        elif is_parametrized(layer) and kind.__base__ in replacements:
            # A parametrized layer has a class of its own, derived from its kind; copies of the layer share it.
            own = {name: value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__")}
            layer.__class__ = type(kind.__name__, (replacements[kind.__base__],), own)
    for tensor in (*network.parameters(), *network.buffers()):
        if tensor.dim() == 4:  # those of other layouts, as of Conv1d and Conv3d, stay as they are
            tensor.data = tensor.data.to(memory_format=torch.channels_last)
    return network
