"""Replaces the first latents by their signs, so that a continuous generator can model disconnected modes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import Index, validate_arguments


class SignLatents(nn.Module):
    """The first `count` latents enter by their sign alone, as ±1; the others as they are.

    A generator of normal latents is continuous: its support is connected, with samples between disconnected modes
    (Khayatkhoei et al. 2018, arXiv:1806.00880; Tanielian et al. 2020, arXiv:2006.04596). The signs of normal latents
    are fair binary variables: the support has 2^count components. Brock et al. 2019 (arXiv:1809.11096, appendix E) try
    latents of 0 and 1; here they are ±1, with the variance of the others.

    Args:
        count: number of latents replaced by their signs.
    """

    @validate_arguments
    def __init__(self, count: Index) -> None:
        super().__init__()
        self.count = count

    def forward(self, latent: Tensor) -> Tensor:
        """[B, latent_dim] → the same shape; no gradient with respect to the signs."""
        first, others = latent[:, : self.count], latent[:, self.count :]
        return torch.cat([torch.ones_like(first).copysign(first), others], 1)

    def extra_repr(self) -> str:
        """Arguments shown by `print(network)`."""
        return str(self.count)
