"""The Wasserstein GAN with weight clipping."""

from __future__ import annotations

from lightning.pytorch.utilities import rank_zero_warn
from torch import nn
from torch.optim import Optimizer
from typing_extensions import Unpack

from gan_lightning.core.validation import MediumCount, Positive
from gan_lightning.loss import Wasserstein
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import OptimizerFactory, RMSProp
from gan_lightning.penalty import WeightClipping


class WGAN(AdversarialModule):
    """Arjovsky et al. 2017, arXiv:1701.07875, algorithm 1: clipping, RMSProp 5e-5, five critic updates a step.

    Args:
        generator: latents → samples.
        critic: samples → scores.
        clip: c, the box of the critic's weights.
        n_critic: critic updates a step.
        critic_optimizer: of the critic; one with momentum draws a warning.
        generator_optimizer: of the generator.
        **hyperparameters: see `Hyperparameters`.
    """

    @keeps_hyperparameters
    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        clip: Positive = 0.01,
        n_critic: MediumCount = 5,
        critic_optimizer: OptimizerFactory = RMSProp(5e-5),
        generator_optimizer: OptimizerFactory = RMSProp(5e-5),
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        super().__init__(
            generator,
            critic,
            loss=Wasserstein(),
            penalty=WeightClipping(clip),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )

    def configure_optimizers(self) -> list[Optimizer]:
        """See `LightningHooks`; warns of momentum in the critic's."""
        critic, generator = super().configure_optimizers()
        group = critic.param_groups[0]
        momentum = group.get("momentum") or group.get("betas", (0.0,))[0]
        if momentum:
            rank_zero_warn(
                f"WGAN: the critic's {type(critic).__name__} has momentum {momentum:g}; with clipped weights it "
                "makes training unstable (Arjovsky et al. 2017, section 4): use RMSProp without momentum"
            )
        return [critic, generator]
