"""Self-attention over positions of a feature map."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, validate_arguments


class SelfAttention(nn.Module):
    """x + γ · o(v softmax(kᵀ q)) (Zhang et al. 2019, arXiv:1805.08318, eq. 1-3).

    Queries and keys have an eighth of the channels, values half of them; keys and values are max-pooled over 2 × 2, as
    in the authors' code and in Brock et al. 2019 (arXiv:1809.11096), which quarters the attention matrix. There is no
    division by the root of the channels, and γ starts at 0, where the layer is the identity.

    Args:
        channels: channels of the feature map, at least 8.

    Raises:
        UsageError: there are fewer.
    """

    @validate_arguments
    def __init__(self, channels: Count) -> None:
        super().__init__()
        if channels < 8:
            raise UsageError(
                f"self-attention needs 8 channels or more, and there are {channels}: make the network wider, or leave "
                "attention out"
            )
        self.query = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.key = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.value = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.out = nn.Conv2d(channels // 2, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W], H and W even → the same shape."""
        query = self.query(x).flatten(2)
        key, value = (max_pool2d(layer(x), 2).flatten(2) for layer in (self.key, self.value))
        # Written out: torch's fused kernels have no second derivative, which gradient penalties take.
        weights = torch.softmax(query.transpose(1, 2) @ key, dim=-1)  # [B, H·W, H·W/4]
        attended = value @ weights.transpose(1, 2)
        y: Tensor = x + self.gamma * self.out(attended.view(*attended.shape[:2], *x.shape[2:]))
        return y
