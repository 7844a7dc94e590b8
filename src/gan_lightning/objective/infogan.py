"""InfoGAN: a generator whose codes can be read from its samples."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.core.validation import MediumCount
from gan_lightning.loss import Loss, NonSaturating
from gan_lightning.nn.freeze import train_mode
from gan_lightning.nn.latent_codes import CodeValues
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.hyperparameters import Hyperparameters
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import NoPenalty, Penalty
from gan_lightning.regularizer import MutualInformation, RegularizerInputs


class InfoGAN(AdversarialModule):
    """Chen et al. 2016, arXiv:1606.03657: any loss, and λ times the information that samples give of their codes.

    The metric `mutual_information` is the bound in nats. Optimizers are DCGAN's.

    Args:
        generator: latents → samples, with codes (`nn.latent_codes`).
        critic: samples → scores.
        loss: the losses of both players.
        penalty: of the critic; None is none.
        n_critic: critic updates a step.
        critic_optimizer: of the critic, and of the head that recognizes codes.
        generator_optimizer: of the generator.
        **hyperparameters: see `Hyperparameters`. One of the regularizers is a `MutualInformation`.

    Raises:
        UsageError: the generator has no codes, or there is no such regularizer.
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
        hyperparameters.setdefault("regularizers", {"mutual_information": MutualInformation()})
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
        found = [one for one in self.regularizers.values() if isinstance(one, MutualInformation)]
        if not found:
            raise UsageError("InfoGAN has no mutual information: use regularizer=[mutual_information]")
        self._information = found[:1]  # in a list, so that it is registered once

    def generator_loss(self, real: Tensor, rng: StepRNG, label: Tensor | None = None) -> Tensor:
        """As for every objective; records the bound of the mutual information."""
        loss = super().generator_loss(real, rng, label)
        self.metrics.record(mutual_information=self._information[0].bound)
        return loss

    @torch.no_grad()
    def recognize(self, samples: Tensor, label: Tensor | None = None) -> CodeValues:
        """The codes of samples as networks see them: the most likely categories, and numbers; by Q in eval mode."""
        with train_mode(self.critic, training=False):
            samples = self.to_device_of_weights(samples)
            inputs = RegularizerInputs(self.generator, self.critic, self.critic_scores(label), samples, samples, label)
            return self._information[0].recognize(inputs, samples)

    @property
    def metric_names(self) -> set[str]:
        """See `LightningHooks`."""
        return super().metric_names | {"mutual_information"}
