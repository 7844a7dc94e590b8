"""Minibatch standard deviation."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.nn.minibatch_groups import MinibatchGroups, num_groups

EPSILON = 1e-8  # inside the root: its slope at zero is infinite


class MinibatchStddev(MinibatchGroups):
    """Appends one channel: the standard deviation over a group of samples, averaged over features and positions.

    Karras et al. 2018 (arXiv:1710.10196, section 3), with groups of 4 as in their code; see `MinibatchGroups`. A group
    of one has the deviation 1e-4, the root of the epsilon, as any group of equal samples does.

    Args:
        group: largest number of samples in a group.
    """

    @validate_arguments
    def __init__(self, group: Count = 4) -> None:
        super().__init__(group)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, ...] → [B, C + 1, ...]; statistics in single precision at least."""
        rows, m = len(x), num_groups(len(x), self.group)
        size = num_groups(rows, m)
        features = x.to(torch.promote_types(x.dtype, torch.float32)).flatten(1)
        # [size, M, features]: a group is a column; the last row may lack some members.
        table = pad(features, (0, 0, 0, size * m - rows)).reshape(size, m, -1)
        there = (torch.arange(size * m, device=x.device) < rows).view(size, m, 1)
        members = there.sum(0)
        deviation = (table - table.sum(0) / members) * there
        stddev = (deviation.square().sum(0) / members + EPSILON).sqrt().mean(1)
        channel = stddev.repeat(size)[:rows].to(x.dtype).view(-1, *[1] * (x.dim() - 1))
        return torch.cat([x, channel.expand(-1, 1, *x.shape[2:])], 1)
