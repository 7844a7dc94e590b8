"""Networks made for gradients of gradients."""

from __future__ import annotations

from typing import TypeVar

from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from gan_lightning.model.layer.convolution import Conv2d
from gan_lightning.model.layer.mean_pool import AvgPool2d
from gan_lightning.model.layer.rectifier import LeakyReLU, ReLU

Network = TypeVar("Network", bound=nn.Module)

TWINS: dict[type[nn.Module], type[nn.Module]] = {
    nn.ReLU: ReLU,
    nn.LeakyReLU: LeakyReLU,
    nn.AvgPool2d: AvgPool2d,
    nn.Conv2d: Conv2d,
}


def twice_differentiable(network: Network) -> Network:
    """Makes gradients of gradients cheap, in place.

    A wide penalized critic of images takes a tenth to a fifth less time; a narrow one can take more, since the twin of
    a convolution is a Python function: measure with `benchmarks.round`.

    Each layer that is exactly torch's ReLU, LeakyReLU, AvgPool2d or Conv2d, parametrized ones included, becomes its
    twin from this folder. Layers stay the objects they were, with their parameters, names and hooks; subclasses and all
    other layers are left alone. Calling twice is calling once.

    Args:
        network: any torch network.

    Returns:
        The same network.
    """
    for layer in network.modules():
        kind = type(layer)
        if kind in TWINS:
            layer.__class__ = TWINS[kind]
        elif is_parametrized(layer) and kind.__base__ in TWINS:
            # Torch puts a class between a parametrized layer and its kind, and copies of the layer share it.
            own = {name: value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__")}
            layer.__class__ = type(kind.__name__, (TWINS[kind.__base__],), own)
    return network
