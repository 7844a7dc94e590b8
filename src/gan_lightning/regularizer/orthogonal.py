"""Orthogonal regularization."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.utils.parametrize import is_parametrized

from gan_lightning.core.validation import NonNegative, validate_arguments
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs


class Orthogonal(Regularizer):
    """β Σ ‖W Wᵀ ⊙ (1 - I)‖²_F over linear layers and convolutions (Brock et al. 2019, arXiv:1809.11096, eq. 3).

    The rows of W are a layer's filters: their pairwise products go to zero, their norms are free. Under spectral
    normalization W is the weight before it is divided.

    Args:
        generator: β of the generator; the paper takes 1e-4, for the generator only.
        critic: β of the critic.
    """

    acts_on_weights: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, generator: NonNegative = 1e-4, critic: NonNegative = 0.0) -> None:
        super().__init__()
        self.generator, self.critic = generator, critic

    def critic_term(self, inputs: RegularizerInputs) -> Tensor | None:
        """The critic's filter similarity, times β."""
        return self.critic * filter_similarity(inputs.critic) if self.critic else None

    def generator_term(self, inputs: RegularizerInputs) -> Tensor | None:
        """The generator's filter similarity, times β."""
        return self.generator * filter_similarity(inputs.generator) if self.generator else None


def filter_similarity(network: nn.Module) -> Tensor:
    """Sum of squared inner products of different filters, over all layers."""
    terms = []
    for layer in network.modules():
        if isinstance(layer, nn.Linear | _ConvNd):
            filters = _filters(layer)
            products = filters @ filters.T
            terms.append(products.square().sum() - products.diagonal().square().sum())
    return torch.stack(terms).sum()


def _filters(layer: nn.Linear | _ConvNd) -> Tensor:
    """The layer's filters, [filters, weights of each]."""
    weight = layer.parametrizations.weight.original if is_parametrized(layer, "weight") else layer.weight  # type: ignore[union-attr]
    if not isinstance(layer, _ConvTransposeNd):
        return weight.flatten(1)  # type: ignore[operator]
    # [in, out / groups, *kernel]: each group has its own filters
    grouped = weight.unflatten(0, (layer.groups, -1)).transpose(1, 2)  # type: ignore[operator]
    return grouped.flatten(0, 1).flatten(1)  # type: ignore[no-any-return]
