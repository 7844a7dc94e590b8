"""How close each sample is to the others, for the critic to see."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.nn.minibatch_groups import MinibatchGroups, num_groups


class MinibatchDiscrimination(MinibatchGroups):
    """Appends o_b(x_i) = Σ_j exp(-‖M_i,b - M_j,b‖₁), M = f(x) T (Salimans et al. 2016, arXiv:1606.03498, section 3.2).

    The sum is over the other samples of a group, as in the paper's code (the paper counts the sample itself, too, which
    adds 1). The paper's group is the whole batch; groups of a fixed size are the same on any number of devices and of
    accumulated pieces, see `Grouped`.

    Args:
        features: numbers of f(x), which comes flattened.
        kernels: how many numbers are appended, b.
        dims: of each kernel, the numbers of M_i,b.
        group: most samples in a group.
    """

    @validate_arguments
    def __init__(self, features: Count, kernels: Count = 50, dims: Count = 5, group: Count = 32) -> None:
        super().__init__(group)
        self.kernels = kernels
        self.project = nn.Linear(features, kernels * dims, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """[B, features] → [B, features + kernels]."""
        projected = self.project(x).unflatten(1, (self.kernels, -1))
        apart = (projected[:, None] - projected[None]).abs().sum(3)  # [B, B, kernels]
        row = torch.arange(len(x), device=x.device) % num_groups(len(x), self.group)
        others = (row[:, None] == row) & ~torch.eye(len(x), dtype=torch.bool, device=x.device)
        return torch.cat([x, (torch.exp(-apart) * others[:, :, None]).sum(1)], 1)

    def extra_repr(self) -> str:
        """What `print(network)` shows."""
        return f"kernels={self.kernels}, {super().extra_repr()}"
