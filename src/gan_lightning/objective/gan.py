"""The original GAN: a critic that classifies real and fake."""

from __future__ import annotations

from torch import nn
from typing_extensions import Unpack

from gan_lightning.core.validation import MediumCount
from gan_lightning.loss import Loss, NonSaturating
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty


class GAN(AdversarialModule):
    """Goodfellow et al. 2014, arXiv:1406.2661: one update of each player a step, any loss, any penalty.

    Optimizers are DCGAN's (Radford et al. 2016, arXiv:1511.06434): Adam, 2e-4, β₁ = 0.5.

    Args:
        generator: latents → samples.
        critic: samples → logits.
        loss: the losses of both players.
        penalty: of the critic; None is none.
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
        loss: Loss | None = None,
        penalty: Penalty | None = None,
        n_critic: MediumCount = 1,
        critic_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        generator_optimizer: OptimizerFactory = Adam(2e-4, (0.5, 0.999)),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
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
