"""Batch norm with statistics of the global batch."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_lightning.distributed.collectives import all_gather_rows, is_synchronized

Network = TypeVar("Network", bound=nn.Module)


class CrossReplicaBatchNorm(_BatchNorm):
    """Batch norm with the statistics of the global batch ("cross-replica", as in Brock et al. 2019).

    Ranks are synchronized in training mode and only inside `synchronized()`, where all ranks run the same layers;
    elsewhere each rank normalizes by its own samples. Torch's `SyncBatchNorm` makes no such difference: it hangs if one
    rank runs a network by itself; and it needs GPUs. Local batches may differ in size. Their means and variances are
    combined by Chan's formula, in one all-reduce a pass: the same on any number of devices, up to rounding.
    """

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, ...] → the same shape; statistics in single precision at least."""
        if not (is_synchronized() and self.training):
            y: Tensor = super().forward(x)
            return y
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        axes = [0, *range(2, x.dim())]
        # On a CPU torch.var_mean takes about fourteen times as long.
        local_mean = wide.mean(axes, keepdim=True)
        local_var, local_mean = (wide - local_mean).square().mean(axes), local_mean.flatten()
        local_count = local_mean.new_tensor([x.numel() / x.shape[1]])
        rows = all_gather_rows(torch.cat([local_mean, local_var, local_count]))
        means, variances, counts = torch.split(rows, [x.shape[1], x.shape[1], 1], dim=1)
        count = counts.sum()
        mean = (counts * means).sum(0) / count
        var = (counts * (variances + (means - mean).square())).sum(0) / count
        self._update_running_stats(mean.detach(), var.detach() * count / (count - 1))
        scale = (var + self.eps).rsqrt() if self.weight is None else (var + self.eps).rsqrt() * self.weight
        shift = -mean * scale if self.bias is None else self.bias - mean * scale
        shape = [1, -1, *[1] * (x.dim() - 2)]
        return torch.addcmul(shift.view(shape), wide, scale.view(shape)).to(x.dtype)

    @torch.no_grad()
    def _update_running_stats(self, mean: Tensor, var: Tensor) -> None:
        """Updates the running statistics as torch's layer does."""
        if not self.track_running_stats or self.running_mean is None:
            return
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        factor = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.to(self.running_mean), factor)
        self.running_var.lerp_(var.to(self.running_var), factor)


class CrossReplicaBatchNorm1d(CrossReplicaBatchNorm, nn.BatchNorm1d):
    """For features [B, C] or [B, C, L]."""


class CrossReplicaBatchNorm2d(CrossReplicaBatchNorm, nn.BatchNorm2d):
    """For images [B, C, H, W]."""


class CrossReplicaBatchNorm3d(CrossReplicaBatchNorm, nn.BatchNorm3d):
    """For volumes [B, C, D, H, W]."""


CONVERSIONS: dict[type[nn.Module], type[nn.Module]] = {
    nn.BatchNorm1d: CrossReplicaBatchNorm1d,
    nn.BatchNorm2d: CrossReplicaBatchNorm2d,
    nn.BatchNorm3d: CrossReplicaBatchNorm3d,
}


def convert_batch_norm(network: Network) -> Network:
    """Converts torch's batch norms in place, by their class: same objects and state. Subclasses of them are left."""
    for layer in network.modules():
        layer.__class__ = CONVERSIONS.get(type(layer), type(layer))
    return network
