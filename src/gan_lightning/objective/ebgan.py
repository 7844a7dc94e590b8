"""The energy-based GAN: its critic is an autoencoder."""

from __future__ import annotations

from torch import nn
from typing_extensions import Unpack

from gan_lightning.core.validation import MediumCount
from gan_lightning.loss import EnergyMargin, Loss
from gan_lightning.nn.autoencoder import check_autoencoder
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty
from gan_lightning.regularizer import PullingAway


class EBGAN(AdversarialModule):
    """Zhao et al. 2017, arXiv:1609.03126: the energy ‖Dec(Enc(x)) - x‖ is low on the data, and the margin on fakes.

    With the pulling-away term (EBGAN-PT), unless `regularizers` says otherwise. Optimizers are DCGAN's.

    Args:
        generator: latents → samples.
        critic: an `nn.autoencoder.Autoencoder`, whose score is minus the energy.
        loss: takes scores for minus energies; None is `EnergyMargin`.
        penalty: of the critic; None is none.
        n_critic: critic updates a step.
        critic_optimizer: of the critic.
        generator_optimizer: of the generator.
        **hyperparameters: see `Hyperparameters`.

    Raises:
        UsageError: the critic is no autoencoder.
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
        check_autoencoder(critic, "EBGAN")
        hyperparameters.setdefault("regularizers", {"pulling_away": PullingAway()})
        super().__init__(
            generator,
            critic,
            loss=loss or EnergyMargin(),
            penalty=penalty or NoPenalty(),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
