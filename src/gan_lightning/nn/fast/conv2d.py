"""Convolution with a fast double backward.

Torch's double backward of a convolution computes the weight's gradient by a forward convolution with the batch for
channels and whole feature maps for kernels: on a CPU two to ten times slower than the backward-weights kernel, which
computes the same sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import fold

aten = torch.ops.aten
Mask = tuple[bool, bool, bool]
Gradients = tuple["Tensor | None", "Tensor | None", "Tensor | None"]


HEAVY = 10**8  # multiplications and additions, a millisecond or two
FEW_CHANNELS = 4  # channels of an image, up to which a matrix product and a fold are faster than the kernel
FEW_CHANNELS_HEAVY = 10**6  # in place of HEAVY for these: torch's double backward is slow there, too


def has_few_channels(weight: Tensor) -> bool:
    """True if a convolution's weight [outputs, inputs, ...] takes images; its transpose returns images."""
    return weight.shape[1] <= FEW_CHANNELS


def conv_transpose_by_fold(
    y: Tensor,
    weight: Tensor,
    size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int] = (1, 1),
) -> Tensor:
    """Transposed convolution, [B, outputs, h, w] → [B, inputs, *size]: the gradient of its input.

    Torch's kernel takes as long for 1 channel as for 16; for images this one is three to seven times as fast.
    """
    columns = weight.flatten(1).t() @ y.flatten(2)
    x: Tensor = fold(columns, tuple(size), weight.shape[2:], tuple(dilation), tuple(padding), tuple(stride))
    return x


class Conv2d(nn.Conv2d):
    """`torch.nn.Conv2d` with a fast double backward.

    Uses torch's layer when compiled, on other devices than CPUs, for small inputs, and with padding other than zeros.
    """

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        unusual = self.padding_mode != "zeros" or isinstance(self.padding, str) or input.dim() != 4
        if unusual or torch.compiler.is_compiling() or self._is_light(input, weight):
            y: Tensor = super()._conv_forward(input, weight, bias)
            return y
        device = input.device.type
        if torch.is_autocast_enabled(device) and input.dtype != torch.float64:
            dtype = torch.get_autocast_dtype(device)
            input, weight, bias = input.to(dtype), weight.to(dtype), None if bias is None else bias.to(dtype)
        assert not isinstance(self.padding, str)
        geometry = _Geometry(self.stride, self.padding, self.dilation, self.groups)
        convolved: Tensor = _Convolve.apply(input, weight, bias, geometry)
        return convolved

    def _is_light(self, input: Tensor, weight: Tensor) -> bool:
        """True if the overhead of a Python function exceeds the gain; also on other devices, which are not measured."""
        positions = input.shape[0] * input.shape[2] * input.shape[3] // (self.stride[0] * self.stride[1])
        enough = FEW_CHANNELS_HEAVY if has_few_channels(weight) else HEAVY
        return positions * weight.numel() < enough or input.device.type != "cpu"


class _Geometry(NamedTuple):
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        y: Tensor = aten.convolution(
            x, weight, bias, self.stride, self.padding, self.dilation, False, (0, 0), self.groups
        )
        return y

    def gradients(self, g: Tensor, x: Tensor, weight: Tensor, needed: Mask) -> Gradients:
        """Gradients of input, weight and bias; input and weight are only read for the other's gradient."""
        of_input, *of_others = needed
        if of_input and g.device.type == "cpu" and self.groups == 1 and has_few_channels(weight):
            input_gradient = conv_transpose_by_fold(g, weight, x.shape[2:], self.stride, self.padding, self.dilation)
            if not any(of_others):
                return input_gradient, None, None
            return input_gradient, *self._kernels(g, x, weight, (False, of_others[0], of_others[1]))[1:]
        return self._kernels(g, x, weight, needed)

    def _kernels(self, g: Tensor, x: Tensor, weight: Tensor, needed: Mask) -> Gradients:
        found: Gradients = aten.convolution_backward(
            g, x, weight, weight.shape[:1], self.stride, self.padding, self.dilation, False, (0, 0), self.groups, needed
        )
        return found


class _Convolve(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor | None, geometry: _Geometry) -> Tensor:
        return geometry.convolve(x, weight, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor | None, _Geometry], output: Tensor) -> None:
        x, weight, _, ctx.geometry = inputs
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, g: Tensor | None) -> tuple[Tensor | None, ...]:
        if g is None:
            return None, None, None, None
        x, weight = ctx.saved_tensors
        needed = [_is_needed(edge) for edge, _ in ctx.next_functions] + [False]
        if not torch.is_grad_enabled():
            return *ctx.geometry.gradients(g, x, weight, needed[:3]), None
        input_gradient = _InputGradient.apply(g, weight, x.detach(), ctx.geometry) if needed[0] else None
        others: Gradients = (None, None, None)
        if any(needed[1:]):
            others = ctx.geometry.gradients(g, x, weight, (False, *needed[1:3]))
        return input_gradient, *others[1:], None


class _InputGradient(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(g: Tensor, weight: Tensor, x: Tensor, geometry: _Geometry) -> Tensor:
        found = geometry.gradients(g, x, weight, (True, False, False))[0]
        assert found is not None
        return found

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor, _Geometry], output: Tensor) -> None:
        g, weight, _, ctx.geometry = inputs
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(g, weight)

    @staticmethod
    def backward(ctx: Any, gg: Tensor | None) -> tuple[Tensor | None, ...]:
        if gg is None:
            return None, None, None, None
        g, weight = ctx.saved_tensors
        of_g = _Convolve.apply(gg, weight, None, ctx.geometry) if ctx.needs_input_grad[0] else None
        of_weight = None
        if ctx.needs_input_grad[1]:
            of_weight = ctx.geometry.gradients(g, gg, weight, (False, True, False))[1]
        return of_g, of_weight, None, None


def _is_needed(node: Any) -> bool:
    """True if the present backward pass needs the gradient at this node; `needs_input_grad` is only an upper bound."""
    if node is None:
        return False
    try:
        return torch._C._will_engine_execute_node(node)
    except RuntimeError:  # a leaf among the inputs of autograd.grad
        return True
