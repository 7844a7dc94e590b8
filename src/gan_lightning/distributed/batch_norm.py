"""Batch norm over the whole batch, however many devices share it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_lightning.distributed.collectives import all_gather_rows

Network = TypeVar("Network", bound=nn.Module)


class CrossReplicaBatchNorm(_BatchNorm):
    """Torch's batch norm with the statistics of all devices' samples ("cross-replica", as in Brock et al. 2019).

    In training, and only inside `together()`, which says that all devices are at the same layer; elsewhere each
    normalizes by what it sees. Torch's `SyncBatchNorm` knows no such difference: it waits forever where one device
    tries a network on its own; and it is for GPUs alone. Shares may differ in size. Their means and variances are
    joined by Chan's rule, in one message a pass, so that any number of devices finds the same, up to rounding.
    """

    _together: ClassVar[bool] = False

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, ...] → the same shape; statistics in single precision at least."""
        if not (CrossReplicaBatchNorm._together and self.training):
            y: Tensor = super().forward(x)
            return y
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        axes = [0, *range(2, x.dim())]
        # On a CPU torch.var_mean takes about fourteen times as long.
        own_mean = wide.mean(axes, keepdim=True)
        own_var, own_mean = (wide - own_mean).square().mean(axes), own_mean.flatten()
        own_count = own_mean.new_tensor([x.numel() / x.shape[1]])
        rows = all_gather_rows(torch.cat([own_mean, own_var, own_count]))
        means, variances, counts = torch.split(rows, [x.shape[1], x.shape[1], 1], dim=1)
        count = counts.sum()
        mean = (counts * means).sum(0) / count
        var = (counts * (variances + (means - mean).square())).sum(0) / count
        self._follow(mean.detach(), var.detach() * count / (count - 1))
        scale = (var + self.eps).rsqrt() if self.weight is None else (var + self.eps).rsqrt() * self.weight
        shift = -mean * scale if self.bias is None else self.bias - mean * scale
        fit = [1, -1, *[1] * (x.dim() - 2)]
        return torch.addcmul(shift.view(fit), wide, scale.view(fit)).to(x.dtype)

    @torch.no_grad()
    def _follow(self, mean: Tensor, var: Tensor) -> None:
        """The running statistics, as torch's layer."""
        if not self.track_running_stats or self.running_mean is None:
            return
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.to(self.running_mean), share)
        self.running_var.lerp_(var.to(self.running_var), share)


class CrossReplicaBatchNorm1d(CrossReplicaBatchNorm, nn.BatchNorm1d):
    """For features [B, C] or [B, C, L]."""


class CrossReplicaBatchNorm2d(CrossReplicaBatchNorm, nn.BatchNorm2d):
    """For images [B, C, H, W]."""


TWINS: dict[type[nn.Module], type[nn.Module]] = {
    nn.BatchNorm1d: CrossReplicaBatchNorm1d,
    nn.BatchNorm2d: CrossReplicaBatchNorm2d,
}


def convert_batch_norm(network: Network) -> Network:
    """Makes torch's batch norms such, in place: they stay the objects they were. Subclasses are left alone."""
    for layer in network.modules():
        layer.__class__ = TWINS.get(type(layer), type(layer))
    return network


@contextmanager
def synchronized() -> Iterator[None]:
    """Inside the `with` all devices pass through the same layers in the same order, forward and backward."""
    before = CrossReplicaBatchNorm._together
    CrossReplicaBatchNorm._together = dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1
    try:
        yield
    finally:
        CrossReplicaBatchNorm._together = before
