"""Minibatch discrimination."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.nn.minibatch_groups import MinibatchGroups, num_groups


class MinibatchDiscrimination(MinibatchGroups):
    """Appends o_b(x_i) = Σ_j exp(-‖M_i,b - M_j,b‖₁), M = f(x) T (Salimans et al. 2016, arXiv:1606.03498, section 3.2).

    The sum is over the other samples of a group, as in the paper's code (the paper counts the sample itself, too, which
    adds 1). The paper's group is the whole batch; groups of a fixed size are the same on any number of devices and of
    micro-batches, see `MinibatchGroups`.

    Args:
        features: features of the flattened f(x).
        kernels: number of appended features, b.
        dims: dimensions of each kernel, of M_i,b.
        group: largest number of samples in a group.
    """

    @validate_arguments
    def __init__(self, features: Count, kernels: Count = 50, dims: Count = 5, group: Count = 32) -> None:
        super().__init__(group)
        self.kernels = kernels
        self.project = nn.Linear(features, kernels * dims, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """[B, features] → [B, features + kernels]."""
        projected = self.project(x).unflatten(1, (self.kernels, -1))
        distance = (projected[:, None] - projected[None]).abs().sum(3)  # [B, B, kernels]
        row = torch.arange(len(x), device=x.device) % num_groups(len(x), self.group)
        others = (row[:, None] == row) & ~torch.eye(len(x), dtype=torch.bool, device=x.device)
        return torch.cat([x, (torch.exp(-distance) * others[:, :, None]).sum(1)], 1)

    def extra_repr(self) -> str:
        """Arguments shown by `print(network)`."""
        return f"kernels={self.kernels}, {super().extra_repr()}"
