"""Pulling-away term (EBGAN-PT)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.distributed.collectives import all_rows
from gan_lightning.nn.feature_hook import FeatureHook
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs


class PullingAway(Regularizer):
    """The mean squared cosine of the codes of two fakes joins the generator's loss, against fakes that are alike.

    Zhao et al. 2017 (arXiv:1609.03126, section 2.4). The codes are those of an autoencoder (`nn.autoencoder`); of any
    other critic, the input of its last layer. The mean is over all pairs of the whole batch, on however many devices.

    Args:
        weight: of the term; 0.1 in the paper.
        layer: name of the linear layer or convolution of the critic whose input is the code; None: as above.
    """

    batch_statistics: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, weight: Positive = 0.1, layer: str | None = None) -> None:
        super().__init__()
        self.weight, self.layer = weight, layer

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Finds the layer.

        Raises:
            UsageError: there is no layer of that name.
        """
        self.codes = FeatureHook(critic, self.layer or getattr(critic, "code_layer", None))

    def generator_term(self, inputs: RegularizerInputs) -> Tensor:
        """The mean squared cosine of the codes of different fakes, weighted."""
        return self.weight * mean_squared_cosine(all_rows(self.codes(inputs.critic_fn, inputs.fake)))


def mean_squared_cosine(codes: Tensor) -> Tensor:
    """Of all pairs of different rows [N, code]: between 0, if all are orthogonal, and 1; of a single row it is 0."""
    directions = normalize(codes, dim=1)
    cosines = directions @ directions.T
    others = 1 - torch.eye(len(codes), dtype=codes.dtype, device=codes.device)
    return (cosines.square() * others).sum() / max(1, len(codes) * (len(codes) - 1))
