"""Denoising feature matching."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from gan_lightning.core.rng import layer_rng
from gan_lightning.core.validation import Count, Positive, validate_arguments
from gan_lightning.nn.feature_hook import add_head, linear_features
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs


class DenoisingFeatureMatching(Regularizer):
    """The critic's features f of fakes follow r(f), with r a denoiser of the features of reals.

    Warde-Farley & Bengio 2017 (ICLR, openreview.net/forum?id=S1X7nhsxl). r(f) - f estimates the direction in which the
    density of the reals' features rises. r is a part of the critic, `denoiser`, which its score does not use: it learns
    with the critic's optimizer to find f(x) in f(x) + σ ε. Neither error changes the critic's other layers.

    Args:
        weight: of the mean of (f - r(f))² over features in the generator's loss; 0.03 in the paper.
        std: σ of the noise; 1 in the paper.
        width: units of each of the denoiser's two hidden layers.
        layer: name of the critic's linear layer whose input is f; None: the last one.
    """

    @validate_arguments
    def __init__(
        self, weight: Positive = 0.03, std: Positive = 1.0, width: Count = 512, layer: str | None = None
    ) -> None:
        super().__init__()
        self.weight, self.std, self.width, self.layer = weight, std, width, layer

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Adds r to the critic.

        Raises:
            UsageError: the layer is not linear.
        """
        self.features, n = linear_features(critic, self.layer, "denoising_feature_matching")
        hidden = nn.Sequential(nn.Linear(n, self.width), nn.ReLU(), nn.Linear(self.width, self.width), nn.ReLU())
        add_head(critic, "denoiser", nn.Sequential(*hidden, nn.Linear(self.width, n)))

    def critic_term(self, inputs: RegularizerInputs) -> Tensor:
        """The denoiser's mean squared error."""
        with torch.no_grad():
            features = self.features(inputs.critic_fn, inputs.real)
        rng = layer_rng()
        noise = torch.randn_like(features) if rng is None else rng.normal(*features.shape, device=features.device)
        return mse_loss(self.denoised(inputs, features + self.std * noise.to(features)), features)

    def generator_term(self, inputs: RegularizerInputs) -> Tensor:
        """The mean squared distance of the features of fakes from what the denoiser makes of them, weighted."""
        features = self.features(inputs.critic_fn, inputs.fake)
        with torch.no_grad():
            denoised = self.denoised(inputs, features)
        return self.weight * mse_loss(features, denoised)

    def denoised(self, inputs: RegularizerInputs, features: Tensor) -> Tensor:
        """r(f), [B, features]."""
        denoised: Tensor = inputs.critic.denoiser(features)  # type: ignore[operator]
        return denoised
