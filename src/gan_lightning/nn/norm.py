"""Normalization layers, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

from gan_lightning.nn.conditional_layer import ConditionalNorm
from gan_lightning.nn.virtual_batch_norm import VirtualBatchNorm

Norm = Literal["batch", "layer", "instance", "none"]
VectorNorm = Literal["batch", "layer", "none"]


def _layer(channels: int) -> nn.Module:
    return nn.GroupNorm(1, channels)


def _instance(channels: int) -> nn.Module:
    return nn.InstanceNorm2d(channels, affine=True)


def _none(channels: int) -> nn.Module:
    return nn.Identity()


IMAGE_NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "layer": _layer,
    "instance": _instance,
    "none": _none,
}
VECTOR_NORMS: dict[str, Callable[[int], nn.Module]] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm, "none": _none}


def image_norm(name: Norm, channels: int) -> nn.Module:
    """Normalizes feature maps [B, C, H, W]; each kind learns one gain and one offset per channel.

    batch: over B, H, W (Ioffe & Szegedy 2015, arXiv:1502.03167); couples the samples of a batch.
    layer: over C, H, W of each sample (Ba et al. 2016, arXiv:1607.06450), gain and offset per channel rather than per
    element, as in the code of Gulrajani et al. 2017.
    instance: over H, W of each sample and channel (Ulyanov et al. 2016, arXiv:1607.08022).
    none: nothing.
    """
    return IMAGE_NORMS[name](channels)


def conditional_norm(name: Norm, channels: int, condition_dim: int = 0) -> nn.Module:
    """`image_norm`, or with `condition_dim` > 0 a conditional norm of the same kind."""
    if not condition_dim:
        return image_norm(name, channels)
    bare: dict[str, nn.Module] = {
        "batch": nn.BatchNorm2d(channels, affine=False),
        "layer": nn.GroupNorm(1, channels, affine=False),
        "instance": nn.InstanceNorm2d(channels),
    }
    return ConditionalNorm(bare[name], channels, condition_dim)


def vector_norm(name: VectorNorm, features: int) -> nn.Module:
    """Normalizes features [B, F]: batch over B, layer over F, none."""
    return VECTOR_NORMS[name](features)


def needs_bias_before(norm: nn.Module) -> bool:
    """True if a per-channel bias just before `norm` changes its output."""
    norm = norm.norm if isinstance(norm, ConditionalNorm) else norm
    return not isinstance(norm, (_BatchNorm, _InstanceNorm, VirtualBatchNorm))
