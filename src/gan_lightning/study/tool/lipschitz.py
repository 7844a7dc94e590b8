"""Upper bound of a network's Lipschitz constant, from its weights."""

from __future__ import annotations

from functools import singledispatch
from math import ceil, cos, pi, prod, sqrt

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from gan_lightning.core.errors import UsageError
from gan_lightning.model import dcgan, mlp
from gan_lightning.nn.freeze import train_mode
from gan_lightning.nn.residual import Residual

FINENESS = 8  # sampled frequencies per tap and axis: the bound is at most 4% an axis too large


@torch.no_grad()
def lipschitz_bound(network: nn.Module) -> float:
    """K with ‖f(x) - f(y)‖ ≤ K ‖x - y‖ for all x and y, in Euclidean norms, in eval mode.

    Layer by layer (Szegedy et al. 2014, arXiv:1312.6199, section 4.3): constants multiply in composition, and add where
    branches are summed. Sharp for one layer; for many often far too large, as their steepest directions need not meet.

    Raises:
        UsageError: a layer's constant isn't known (`layer_bound.register` adds it) or isn't finite.
    """
    with train_mode(network, training=False):
        return layer_bound(network)


@singledispatch
def layer_bound(layer: nn.Module) -> float:
    """The constant of one kind of layer; further kinds are added by `layer_bound.register`."""
    raise UsageError(f"lipschitz_bound: no constant known for {type(layer).__name__}: add it by layer_bound.register")


@layer_bound.register
def _(layer: nn.Linear) -> float:
    return float(torch.linalg.matrix_norm(layer.weight.double(), ord=2))


@layer_bound.register
def _(layer: _ConvNd) -> float:
    # The adjoint has the same norm, so transposed convolutions are treated alike.
    if layer.padding_mode != "zeros":
        raise UsageError(f"lipschitz_bound: padding_mode={layer.padding_mode} repeats pixels: use zeros")
    stride = layer.stride if set(layer.dilation) == {1} else (1,) * len(layer.stride)
    return max(_convolution(kernel, stride) for kernel in layer.weight.double().chunk(layer.groups))


@layer_bound.register
def _(layer: nn.AvgPool2d) -> float:
    if (layer.padding and not layer.count_include_pad) or layer.divisor_override:
        raise UsageError("lipschitz_bound: AvgPool2d that divides by less than its area: leave the options out")
    kernel, stride = (n if isinstance(n, tuple) else (n, n) for n in (layer.kernel_size, layer.stride))
    return _convolution(torch.full((1, 1, *kernel), 1 / prod(kernel), dtype=torch.float64), stride)


@layer_bound.register
def _(layer: _BatchNorm) -> float:
    if layer.running_var is None:
        raise UsageError("lipschitz_bound: batch norm without running statistics mixes the samples of a batch")
    gain = 1.0 if layer.weight is None else layer.weight.double()
    return (gain / (layer.running_var.double() + layer.eps).sqrt()).abs().max().item()


@layer_bound.register(nn.Identity)
@layer_bound.register(nn.Flatten)
@layer_bound.register(nn.Unflatten)
@layer_bound.register(nn.Dropout)
@layer_bound.register(nn.ReLU)
@layer_bound.register(nn.Tanh)
@layer_bound.register(nn.Softplus)
def _(layer: nn.Module) -> float:
    return 1.0


@layer_bound.register
def _(layer: nn.Sigmoid) -> float:
    return 0.25


@layer_bound.register
def _(layer: nn.LeakyReLU) -> float:
    return max(1.0, abs(layer.negative_slope))


@layer_bound.register
def _(layer: nn.Sequential) -> float:
    return prod(layer_bound(part) for part in layer)


@layer_bound.register
def _(layer: Residual) -> float:
    return layer_bound(layer.shortcut) + layer_bound(layer.residual)


@layer_bound.register(mlp.Generator)
@layer_bound.register(mlp.Critic)
@layer_bound.register(dcgan.Generator)
@layer_bound.register(dcgan.Critic)
def _(network: nn.Module) -> float:
    return layer_bound(network.get_submodule("layers"))


def _convolution(kernel: Tensor, stride: tuple[int, ...]) -> float:
    """Norm of the convolution on an endless grid, which that on any image padded with zeros doesn't exceed.

    It is the largest singular value of K(ω) = Σ_t K_t e^{iωt} over all frequencies ω (Sedghi et al. 2019,
    arXiv:1805.10408). Found on a grid of them, and raised by what can hide in between: ‖K(ω)v‖² is a trigonometric
    polynomial of degree taps - 1 (Ehlich & Zeller 1964; Pfister & Bresler 2018, arXiv:1802.09588). With a stride s, the
    s^d pixels of a block are taken as channels of one, which leaves no stride.
    """
    axes = tuple(range(2, kernel.dim()))
    for axis, s in zip(axes, stride, strict=True):
        blocks = ceil(kernel.shape[axis] / s)
        kernel = pad(kernel, [0, 0] * (axes[-1] - axis) + [0, blocks * s - kernel.shape[axis]])
        split = kernel.reshape(*kernel.shape[:axis], blocks, s, *kernel.shape[axis + 1 :])
        kernel = split.movedim(axis + 1, 2).flatten(1, 2)
    taps = kernel.shape[2:]
    sizes = [max(1, FINENESS * (n - 1)) for n in taps]
    spectrum = torch.fft.rfftn(kernel, s=sizes, dim=axes).movedim((0, 1), (-2, -1))
    hidden = prod((cos(pi * (n - 1) / size) for n, size in zip(taps, sizes, strict=True)), start=1.0)
    gram = spectrum @ spectrum.mH if spectrum.shape[-2] < spectrum.shape[-1] else spectrum.mH @ spectrum
    return sqrt(torch.linalg.eigvalsh(gram).max() / hidden)
