"""Adversarial autoencoder: a critic of latents beside a reconstruction error."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.core.validation import MediumCount, Positive
from gan_lightning.loss import Loss, NonSaturating
from gan_lightning.nn.encoder import encoder_of
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.encoder_module import EncoderModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty

MODELS = "use model=dcgan_latents for images, model=mlp_latents for points"


class AAE(EncoderModule):
    """An autoencoder whose latents have a normal distribution: the critic tells z of N(0, 1) from z of samples.

    Makhzani et al. 2015, arXiv:1511.05644. The generator is its decoder. Encoder and decoder minimise the mean square
    of G(E(x)) - x, times its weight, and the encoder the generator's loss of E(x). Latents of the prior are real: the
    divergence that is logged is that of the latents. Optimizers are DCGAN's.

    Args:
        generator: latents → samples, with an `encoder` (`nn.encoder.Encoder`).
        critic: latents [batch, latent_dim] → scores.
        stochastic: E(x) is drawn from a normal distribution; False: it is its mean.
        reconstruction_weight: of the mean squared error, by number of a sample.
        loss: the losses of the game over latents.
        penalty: of the critic; None is none.
        n_critic: critic updates a step.
        critic_optimizer: of the critic.
        generator_optimizer: of generator and encoder.
        **hyperparameters: see `Hyperparameters`; no augmentations, since the critic sees no samples.

    Raises:
        UsageError: the generator has no encoder, or there are augmentations.
    """

    critic_input_name = "latents"
    fitting_models = MODELS

    @keeps_hyperparameters
    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        stochastic: bool = False,
        reconstruction_weight: Positive = 1.0,
        loss: Loss | None = None,
        penalty: Penalty | None = None,
        n_critic: MediumCount = 1,
        critic_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        generator_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        encoder_of(generator, "AAE", MODELS)
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
        if self.augments:
            raise UsageError(
                f"AAE's critic sees latents, and {', '.join(self.augments)} changes samples: use augment=[]"
            )
        self.stochastic, self.reconstruction_weight = stochastic, reconstruction_weight

    def critic_input(self, samples: Tensor) -> Tensor:
        """Their latents, [B, latent_dim]."""
        return self.latents(samples)

    def critic_inputs(
        self, real: Tensor, latent: Tensor, generator: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Latents of the prior as real, those of samples as fake."""
        return latent, self.critic_input(real)

    def generator_loss(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """As for every objective, of the encoder's latents; and the error of reconstructions."""
        again: Tensor = self.generator(self.latents(real))
        error = (again - real).square().mean()
        loss = super().generator_loss(real, rng, label)
        return self.sum_terms(loss, reconstruction=self.reconstruction_weight * error)

    @property
    def metric_names(self) -> set[str]:
        """See `LightningHooks`."""
        return super().metric_names | {"reconstruction"}
