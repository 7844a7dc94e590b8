"""Feature matching."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.distributed.collectives import all_mean
from gan_lightning.nn.feature_hook import FeatureHook
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs


class FeatureMatching(Regularizer):
    """λ ‖E f(x) - E f(G(z))‖² joins the generator's loss (Salimans et al. 2016, arXiv:1606.03498, section 3.1).

    f is the input of a layer of the critic, whose loss is unchanged. The paper uses this term alone:
    `objective.adversarial_weight=0`. The means are over the whole batch, on however many devices.

    Args:
        weight: λ.
        layer: name of the linear layer or convolution of the critic whose input is f; None: the last one.
    """

    batch_statistics: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, weight: Positive = 1.0, layer: str | None = None) -> None:
        super().__init__()
        self.weight, self.layer = weight, layer

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Finds the layer.

        Raises:
            UsageError: there is no layer of that name.
        """
        self.features = FeatureHook(critic, self.layer)

    def generator_term(self, inputs: RegularizerInputs) -> Tensor:
        """The squared distance between mean features of reals and fakes, times λ."""
        with torch.no_grad():
            real = self.features(inputs.critic_fn, inputs.real)
        difference = real.mean(0) - self.features(inputs.critic_fn, inputs.fake).mean(0)
        return self.weight * all_mean(difference).square().sum()
