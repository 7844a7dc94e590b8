"""VAE-GAN: a variational autoencoder whose reconstruction is measured in a layer of a critic of samples."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from gan_lightning.core.rng import StepRNG, layer_rng
from gan_lightning.core.validation import MediumCount, NonNegative
from gan_lightning.loss import Loss, NonSaturating
from gan_lightning.nn.encoder import encoder_of
from gan_lightning.nn.feature_hook import FeatureHook
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.encoder_module import EncoderModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty

MODELS = "use model=dcgan_encoder for images, model=mlp_encoder for points"


class VAEGAN(EncoderModule):
    """Larsen et al. 2016, arXiv:1512.09300: a GAN whose generator is a VAE's decoder, with features f of the critic.

    Encoder and generator minimise KL(q(z given x) ‖ N(0, 1)) + ½‖f(x) - f(G(z))‖² with z of q, the generator the
    adversarial loss as well. Fakes are reconstructions, with probability ½, or samples of the prior. As in the paper
    the encoder has no gradient of the adversarial loss, and `adversarial_weight` is the paper's 1/γ. Optimizers are
    DCGAN's.

    Args:
        generator: latents → samples, with an `encoder` (`nn.encoder.Encoder`).
        critic: samples → scores.
        layer: name of the critic's linear layer or convolution whose input is f; None: the last one.
        kl_weight: of the divergence from the prior; 1 in the paper.
        loss: the losses of both players.
        penalty: of the critic; None is none.
        n_critic: critic updates a step.
        critic_optimizer: of the critic.
        generator_optimizer: of generator and encoder.
        **hyperparameters: see `Hyperparameters`.

    Raises:
        UsageError: the generator has no encoder, or the critic no such layer.
    """

    stochastic, fitting_models = True, MODELS

    @keeps_hyperparameters
    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        layer: str | None = None,
        kl_weight: NonNegative = 1.0,
        loss: Loss | None = None,
        penalty: Penalty | None = None,
        n_critic: MediumCount = 1,
        critic_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        generator_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        encoder_of(generator, "VAE-GAN", MODELS)
        super().__init__(
            generator,
            critic,
            loss=loss or NonSaturating(),
            penalty=penalty or NoPenalty(),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
        self.features, self.kl_weight = FeatureHook(critic, layer), kl_weight

    def critic_inputs(
        self, real: Tensor, latent: Tensor, generator: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Samples as real; as fake reconstructions, with probability ½, and samples of the prior."""
        with torch.no_grad():
            encoded = self.latents(real).repeat(len(latent) // len(real), 1)
        rng = layer_rng() or StepRNG()
        of_prior = rng.uniform(len(latent), 1, device=real.device) < 0.5
        return self.critic_input(real), generator(torch.where(of_prior, latent.to(encoded), encoded))

    def generator_loss(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """The variational bound's two terms, and the generator's loss of fakes of either kind."""
        posterior = self.posterior(real)
        again: Tensor = self.generator(posterior.draw())
        critic = self.critic_scores(label)
        with torch.no_grad():
            features = self.features(critic, real)
        error = (self.features(critic, again) - features).square().sum(1).mean() / 2
        loss = super().generator_loss(real, rng, label)
        return self.sum_terms(loss, reconstruction=error, kl=self.kl_weight * posterior.divergence().mean())

    @property
    def metric_names(self) -> set[str]:
        """See `LightningHooks`."""
        return super().metric_names | {"reconstruction", "kl"}
