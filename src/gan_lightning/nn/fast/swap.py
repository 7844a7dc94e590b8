"""Networks whose layers are fast in a game."""

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
Twins = dict[type[nn.Module], type[nn.Module]]


class _EqualizedConv2d(EqualizedConv2d, Conv2d):
    """Scales its weights as the one, convolves as the other."""


FIRST_ORDER: Twins = {nn.ConvTranspose2d: ConvTranspose2d}
SECOND_ORDER: Twins = FIRST_ORDER | {
    nn.ReLU: ReLU,
    nn.LeakyReLU: LeakyReLU,
    nn.AvgPool2d: AvgPool2d,
    nn.Conv2d: Conv2d,
    EqualizedConv2d: _EqualizedConv2d,
}


def use_fast_layers(network: Network, *, second_order: bool = False) -> Network:
    """The same function by faster kernels, in place; results are equal up to rounding.

    Layers that are exactly torch's own, parametrized ones included, become their twins from this folder. They stay the
    objects they were, with their parameters, names and hooks; subclasses and all other layers are left alone. Weights
    of convolutions are laid out with the channels last. Calling twice is calling once. What it gains:
    `python -m benchmarks.step`.

    Args:
        network: any torch network.
        second_order: gradients of its gradients will be taken, as by a gradient penalty.

    Returns:
        The same network.
    """
    twins = SECOND_ORDER if second_order else FIRST_ORDER
    for layer in network.modules():
        kind = type(layer)
        if kind in twins:
            layer.__class__ = twins[kind]
        elif is_parametrized(layer) and kind.__base__ in twins:
            # Torch puts a class between a parametrized layer and its kind, and copies of the layer share it.
            own = {name: value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__")}
            layer.__class__ = type(kind.__name__, (twins[kind.__base__],), own)
    return network.to(memory_format=torch.channels_last)
