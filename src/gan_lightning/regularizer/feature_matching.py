"""A generator that matches what the critic sees on average."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.distributed.collectives import all_mean
from gan_lightning.nn.feature_hook import FeatureHook
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs


class FeatureMatching(Regularizer):
    """λ ‖E f(x) - E f(G(z))‖² joins the generator's loss (Salimans et al. 2016, arXiv:1606.03498, section 3.1).

    f is what a layer of the critic takes in, and the critic is trained as ever. The paper has the term alone:
    `objective.adversarial_weight=0`. The means are over the whole batch, on however many devices.

    Args:
        weight: λ.
        layer: name of the linear layer or convolution of the critic whose input is f; None is the last one.
    """

    @validate_arguments
    def __init__(self, weight: Positive = 1.0, layer: str | None = None) -> None:
        super().__init__()
        self.weight, self.layer = weight, layer

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Finds the layer.

        Raises:
            UsageError: there is none of that name.
        """
        self.features = FeatureHook(critic, self.layer)

    def generator_term(self, seen: RegularizerInputs) -> Tensor:
        """Fakes against reals."""
        with torch.no_grad():
            real = self.features(seen.critic_fn, seen.real)
        apart = real.mean(0) - self.features(seen.critic_fn, seen.fake).mean(0)
        return self.weight * all_mean(apart).square().sum()
