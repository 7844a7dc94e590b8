"""Latents that toss coins, so that a generator can jump."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import Index, validate_arguments


class SignLatents(nn.Module):
    """The first `count` latents enter by their sign alone, as ±1; the others as they are.

    A generator of normal latents is continuous, so whatever it makes is connected and has samples between modes that
    are not (Khayatkhoei et al. 2018, arXiv:1806.00880; Tanielian et al. 2020, arXiv:2006.04596). The signs of normal
    latents are fair coins, and with them there are 2^count pieces to place. Brock et al. 2019 (arXiv:1809.11096,
    appendix E) try latents of 0 and 1; here they are ±1, of the variance of the others, which vary a piece's samples.

    Args:
        count: how many latents are coins.
    """

    @validate_arguments
    def __init__(self, count: Index) -> None:
        super().__init__()
        self.count = count

    def forward(self, latent: Tensor) -> Tensor:
        """[B, latent_dim] → the same shape; no gradient leads to a coin."""
        coins, others = latent[:, : self.count], latent[:, self.count :]
        return torch.cat([torch.ones_like(coins).copysign(coins), others], 1)

    def extra_repr(self) -> str:
        """See torch."""
        return str(self.count)
