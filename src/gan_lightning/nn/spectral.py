"""Spectral normalization."""

from __future__ import annotations

from typing import TypeVar

from torch import nn
from torch.nn.modules.conv import _ConvNd
from torch.nn.utils.parametrizations import spectral_norm

from gan_lightning.nn.conditioning import Projection

Network = TypeVar("Network", bound=nn.Module)


def add_spectral_norm(network: Network) -> Network:
    """Divides every weight matrix by its largest singular value, in place (Miyato et al. 2018, arXiv:1802.05957).

    Applies to every linear, convolutional and transposed convolutional layer, and to a projection's embedding. A kernel
    counts as the matrix of its output channels by all the rest, as in the paper; the convolution's own norm can be up
    to √(taps) times larger. The singular vectors are buffers that follow the weights by one power iteration at each
    forward pass in training mode, and are constant in eval mode. A layer whose weight is already parametrized is
    unchanged: the function is idempotent. Initialize before: the singular vectors start from the present weights.

    Args:
        network: any torch network; parameters `X.weight` become `X.parametrizations.weight.original`.

    Returns:
        The same network.
    """
    for layer in list(network.modules()):
        if isinstance(layer, Projection):
            layer = layer.embedding
        elif not isinstance(layer, (nn.Linear, _ConvNd)):
            continue
        if "weight" in dict(layer.named_parameters(recurse=False)):
            spectral_norm(layer, n_power_iterations=1)
    return network
