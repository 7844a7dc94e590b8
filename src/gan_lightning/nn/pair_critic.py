"""Critics (discriminators) of pairs of a sample and a latent."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn


def join(samples: Tensor, latents: Tensor) -> Tensor:
    """Pairs as rows of numbers: samples [B, *shape] and latents [B, latent_dim] → [B, prod(shape) + latent_dim].

    So whatever takes a batch of samples takes pairs: penalties between two of them, regularizers, gathering of rows.
    """
    return torch.cat([samples.flatten(1), latents.to(samples)], 1)


class PairCritic(nn.Module):
    """Pairs to scores: features of the sample and features of the latent, then layers of both.

    As in Dumoulin et al. 2017 (arXiv:1606.00704) and Donahue et al. 2017 (arXiv:1605.09782).

    Args:
        sample_features: samples [B, *shape] → [B, ...].
        latent_features: latents [B, latent_dim] → [B, ...].
        layers: both, flattened and one behind the other → scores [B, 1].
        shape: of a sample.
    """

    def __init__(
        self, sample_features: nn.Module, latent_features: nn.Module, layers: nn.Module, shape: Sequence[int]
    ) -> None:
        super().__init__()
        self.sample_features, self.latent_features, self.layers = sample_features, latent_features, layers
        self.shape = tuple(shape)

    def split(self, pairs: Tensor) -> tuple[Tensor, Tensor]:
        """The samples [B, *shape] and the latents [B, latent_dim] of pairs."""
        numbers = prod(self.shape)
        return pairs[:, :numbers].reshape(-1, *self.shape), pairs[:, numbers:]

    def forward(self, pairs: Tensor) -> Tensor:
        """[B, prod(shape) + latent_dim] → scores [B]."""
        samples, latents = self.split(pairs)
        features = self.sample_features(samples).flatten(1), self.latent_features(latents).flatten(1)
        scores: Tensor = self.layers(torch.cat(features, 1))
        return scores.squeeze(1)
