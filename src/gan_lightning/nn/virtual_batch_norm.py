"""Virtual batch norm."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import Count, Positive, validate_arguments


class VirtualBatchNorm(nn.Module):
    """Normalizes each sample by statistics of a reference batch and of itself (Salimans et al. 2016, arXiv:1606.03498,
    section 3.5): samples don't depend on each other.

    The first rows of every input are the reference batch. With n references, a sample's own mean and mean square have
    the weight 1/(n+1). References are normalized by their own statistics.

    Args:
        channels: channels of the features [B, channels, ...].
        reference: n.
        eps: added to the variance.
    """

    @validate_arguments
    def __init__(self, channels: Count, reference: Count, eps: Positive = 1e-5) -> None:
        super().__init__()
        self.reference, self.eps = reference, eps
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """[reference + B, channels, ...] → the same shape; statistics in single precision at least."""
        wide = x.to(torch.promote_types(x.dtype, torch.float32)).flatten(2) if x.dim() > 2 else x[:, :, None]
        own = torch.stack([wide.mean(2), wide.square().mean(2)])  # [2, reference + B, channels]
        reference = own[:, : self.reference].mean(1, keepdim=True)
        mixed = torch.lerp(reference, own[:, self.reference :], 1 / (self.reference + 1))
        mean, square = torch.cat([reference.expand(-1, self.reference, -1), mixed], 1)
        scale = self.weight * (square - mean.square() + self.eps).rsqrt()
        normalized = wide * scale[:, :, None] + (self.bias - mean * scale)[:, :, None]
        result: Tensor = normalized.view_as(x).to(x.dtype)
        return result

    def extra_repr(self) -> str:
        """Arguments shown by `print(network)`."""
        return f"{len(self.weight)}, reference={self.reference}"
