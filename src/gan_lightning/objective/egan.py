"""Calibrated energy-based GAN: its critic is the logarithm of a density, up to a constant."""

from __future__ import annotations

from torch import nn
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import MediumCount
from gan_lightning.loss import EnergyDifference, Loss
from gan_lightning.nn.encoder import encoder_of
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.encoder_module import EncoderModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty
from gan_lightning.regularizer import VariationalEntropy
from gan_lightning.regularizer.variational_entropy import MODELS


class EGAN(EncoderModule):
    """EGAN-Ent-VI (Dai et al. 2017, arXiv:1702.01691): the generator's loss is E c(G(z)) - H(p_g), with energy c = -D.

    At the equilibrium p_g is the data's density and c = -log p_g up to a constant. The encoder q(z given x) bounds the
    entropy H and learns with the generator. Optimizers are DCGAN's.

    Args:
        generator: latents → samples, with an `encoder` (`nn.encoder.Encoder`).
        critic: samples → scores.
        loss: the losses of both players; None is `EnergyDifference`.
        penalty: of the critic; None is none.
        n_critic: critic updates a step.
        critic_optimizer: of the critic.
        generator_optimizer: of generator and encoder.
        **hyperparameters: see `Hyperparameters`. The default regularizer is a `VariationalEntropy`.

    Raises:
        UsageError: the generator has no encoder, or no regularizer bounds the entropy.
    """

    stochastic, fitting_models = False, MODELS

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
        encoder_of(generator, "EGAN", MODELS)
        hyperparameters.setdefault("regularizers", {"variational_entropy": VariationalEntropy()})
        super().__init__(
            generator,
            critic,
            loss=loss or EnergyDifference(),
            penalty=penalty or NoPenalty(),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
        if not any(isinstance(one, VariationalEntropy) for one in self.regularizers.values()):
            raise UsageError("EGAN has no bound of the entropy: use regularizer=[variational_entropy]")
