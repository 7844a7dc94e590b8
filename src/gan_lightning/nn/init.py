"""Weight initializations, by name."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import Literal

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd

WEIGHTED = (nn.Linear, _ConvNd)
NORMS = (_NormBase, nn.GroupNorm, nn.LayerNorm)

DCGANInit = Literal["dcgan", "he", "orthogonal", "torch"]
HeInit = Literal["he", "orthogonal", "torch"]


def dcgan_normal(network: nn.Module) -> None:
    """Weights N(0, 0.02²), norms' gains N(1, 0.02²), biases 0 (Radford et al. 2016, arXiv:1511.06434).

    The paper specifies weights only; the gains are those of its code.
    """
    for layer in network.modules():
        if isinstance(layer, WEIGHTED):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            zero_bias(layer)
        elif isinstance(layer, NORMS) and layer.weight is not None:
            nn.init.normal_(layer.weight, 1.0, 0.02)


def he(layer: nn.Module) -> None:
    """Uniform with variance 2 / fan-in, bias 0: for a linear layer that a ReLU follows (He et al. 2015)."""
    nn.init.kaiming_uniform_(_weight(layer), nonlinearity="relu")
    zero_bias(layer)


def glorot(layer: nn.Module, gain: float = 1.0) -> None:
    """Uniform with variance gain² · 2 / (fan-in + fan-out), bias 0 (Glorot & Bengio 2010).

    With gain √2 it is He's initialization for as many outputs as inputs.
    """
    nn.init.xavier_uniform_(_weight(layer), gain)
    zero_bias(layer)


def he_strided(network: nn.Module) -> None:
    """Uniform with variance 4 / (fan-in + fan-out), biases 0: preserves the signal through ReLUs without norms.

    As in the code of Gulrajani et al. 2017 (arXiv:1704.00028): fans count the weights that one activation is multiplied
    with, so that a convolution's stride divides its fan-out by the stride's square, and a transposed one's its fan-in.
    Linear layers have Glorot's variance, 2 / (fan-in + fan-out).
    """
    for layer in network.modules():
        if not isinstance(layer, WEIGHTED):
            continue
        if isinstance(layer, nn.Linear):
            glorot(layer)
            continue
        one, other, *kernel = layer.weight.shape  # a transposed layer has its inputs first; strided is the first axis
        fans = (one / prod(layer.stride) + other) * prod(kernel)
        bound = sqrt(3 * 4 / fans)
        nn.init.uniform_(layer.weight, -bound, bound)
        zero_bias(layer)


def orthogonal(network: nn.Module) -> None:
    """Rows of each weight orthonormal (columns, where there are more rows), biases 0.

    Saxe et al. 2014 (arXiv:1312.6120); used for all networks of Brock et al. 2019 (arXiv:1809.11096).
    """
    for layer in network.modules():
        if isinstance(layer, WEIGHTED):
            nn.init.orthogonal_(layer.weight)
            zero_bias(layer)


def zero_bias(layer: nn.Module) -> None:
    """Sets the bias, if any, to 0."""
    if isinstance(layer.bias, torch.Tensor):
        nn.init.zeros_(layer.bias)


def torch_default(network: nn.Module) -> None:
    """Torch's own initialization, unchanged: uniform within ±1/√(fan-in)."""


DCGAN_INITS: dict[str, Callable[[nn.Module], None]] = {
    "dcgan": dcgan_normal,
    "he": he_strided,
    "orthogonal": orthogonal,
    "torch": torch_default,
}


def _weight(layer: nn.Module) -> torch.Tensor:
    assert isinstance(layer, WEIGHTED)
    return layer.weight
