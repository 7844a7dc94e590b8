"""The Wasserstein GAN with gradient penalty."""

from __future__ import annotations

from torch import nn
from typing_extensions import Unpack

from gan_lightning.core.validation import Count, MediumCount, NonNegative
from gan_lightning.loss import Wasserstein
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import GradientPenalty
from gan_lightning.penalty.base import BatchFraction


class WGANGP(AdversarialModule):
    """Gulrajani et al. 2017, arXiv:1704.00028, algorithm 1: λ = 10, Adam 1e-4 (0, 0.9), five critic updates a step.

    Args:
        generator: latents → samples.
        critic: samples → scores; without batch norm, since the penalty is per sample.
        gp_weight: λ; 10 for images, 0.1 for 2-D toys.
        one_sided: penalise only gradient norms above 1.
        gp_interval: penalise in every so many critic updates only, so many times as strongly.
        gp_batch_fraction: of each batch that is penalised.
        drift: ε of Karras et al. 2018, arXiv:1710.10196: ε E D(x)² joins the critic's loss.
        n_critic: critic updates a step.
        critic_optimizer: of the critic.
        generator_optimizer: of the generator.
        **hyperparameters: see `Hyperparameters`.
    """

    @keeps_hyperparameters
    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        gp_weight: NonNegative = 10.0,
        one_sided: bool = False,
        gp_interval: Count = 1,
        gp_batch_fraction: BatchFraction = 1.0,
        drift: NonNegative = 0.0,
        n_critic: MediumCount = 5,
        critic_optimizer: OptimizerFactory = Adam(1e-4, (0.0, 0.9)),
        generator_optimizer: OptimizerFactory = Adam(1e-4, (0.0, 0.9)),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        super().__init__(
            generator,
            critic,
            loss=Wasserstein(drift),
            penalty=GradientPenalty(gp_weight, one_sided, gp_interval, gp_batch_fraction),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
