"""The networks, losses and hyper-parameters of an objective, and what follows from them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar

from lightning.pytorch import LightningModule
from torch import Tensor, nn

from gan_lightning.augment.base import Augment
from gan_lightning.core.rng import StepRNG
from gan_lightning.data.stream import BatchSchedule, ConstantBatch
from gan_lightning.loss import Loss
from gan_lightning.nn.ema import EMA
from gan_lightning.nn.labels import is_conditional
from gan_lightning.nn.scores import scores_only
from gan_lightning.objective.loss_scale import LossScale
from gan_lightning.objective.micro_batches import MicroBatches
from gan_lightning.objective.nonfinite import NonFiniteMonitor
from gan_lightning.objective.player import Player
from gan_lightning.objective.step_metrics import StepMetrics
from gan_lightning.optimizer import OptimizerFactory
from gan_lightning.penalty import Penalty
from gan_lightning.regularizer import Regularizer


class ObjectiveParts(LightningModule):
    """The parts of `objective.base.AdversarialModule` that its hooks use.

    Attributes:
        generator, critic: the networks.
        critic_input_name: what the critic takes, for error messages.
        fitting_models: what to use where networks do not fit, likewise.
        trains_encoder: False if an encoder beside the generator would stay as it is.
        ema: the averaged generator.
        loss: the losses of both players.
        penalty: of the critic.
        latent_dim: length of a latent vector.
        n_critic: critic updates a step.
        generator_batch: latents of a generator update, as a multiple of the batch.
        accumulate: micro-batches an update.
        micro_batch_statistics: batch statistics may be those of each micro-batch.
        seed: everything random follows from it.
        metrics: of the last step.
        monitor: finds losses and gradients that are not finite.
        loss_scales: of the players by their names, under fp16, from `setup` on.
        players: the networks with their optimizers, from `on_fit_start` on.
        micro_batches: cuts a step's batch, from `setup` on.
    """

    critic_input_name: ClassVar[str] = "samples"
    fitting_models: ClassVar[str] = ""
    trains_encoder: ClassVar[bool] = False
    generator: nn.Module
    critic: nn.Module
    ema: EMA
    loss: Loss
    penalty: Penalty
    latent_dim: int
    n_critic: int
    generator_batch: int
    accumulate: int
    micro_batch_statistics: bool
    seed: int
    critic_max_norm: float | None
    generator_max_norm: float | None
    schedule: Callable[[int], float] | None
    critic_optimizer: OptimizerFactory
    generator_optimizer: OptimizerFactory
    augments: dict[str, Augment]
    regularizers: dict[str, Regularizer]
    metrics: StepMetrics
    monitor: NonFiniteMonitor
    penalty_autocast: bool
    loss_scales: Mapping[str, LossScale] = MappingProxyType({})
    players: dict[nn.Module, Player]
    micro_batches: MicroBatches

    @abstractmethod
    def conditioned(self, network: nn.Module, label: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """A network bound to the step's stage of growth and to labels."""

    def critic_scores(self, label: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """The critic bound to labels and to the step's stage, samples → scores [batch, ...]."""
        return scores_only(self.conditioned(self.critic, label))

    def critic_input(self, samples: Tensor) -> Tensor:
        """The critic's input for samples [batch, *shape]: themselves, or with their latents, or those alone."""
        return samples

    def critic_inputs(
        self, real: Tensor, latent: Tensor, generator: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        """The critic's inputs, real and fake: a tensor each, so that losses and penalties take them as they are.

        Args:
            real: real samples [batch, *shape].
            latent: draws of the prior, [batch, latent_dim] or a multiple of it.
            generator: latents → samples, bound to classes and to the stage of growth.
        """
        return self.critic_input(real), generator(latent)

    @abstractmethod
    def match_stage(self, real: Tensor) -> Tensor:
        """Real samples as the critic sees them at the step's stage of growth."""

    @abstractmethod
    def augment(self, samples: Tensor, rng: StepRNG) -> Tensor:
        """Samples as the critic is trained on them."""

    def batch_schedule(self, batch_size: int) -> BatchSchedule:
        """The schedule of real samples a step, for a data module of this batch size."""
        return ConstantBatch(batch_size, self.n_critic)

    @property
    def metric_names(self) -> set[str]:
        """Names of the step metrics that there may be."""
        players = ("critic", "generator")
        names = {f"{player}_{name}" for player in players for name in ("loss", "grad_norm", *self.regularizers)}
        names |= {f"{player}_skipped_updates" for player in self.loss_scales}
        return names | {"real_score", "fake_score", "penalty", self.loss.divergence_name}

    @property
    @abstractmethod
    def validation_names(self) -> tuple[str, ...]:
        """Names of the metrics of a validation."""

    @property
    def labelled(self) -> bool:
        """True if a network or a regularizer needs the labels of real samples."""
        networks = is_conditional(self.generator) or is_conditional(self.critic)
        return networks or any(regularizer.labelled for regularizer in self.regularizers.values())

    def step_metrics(self) -> dict[str, float]:
        """The metrics of the last step, averaged over samples and devices. All ranks must call it."""
        return self.metrics.compute(self.loss, lambda means: self.trainer.strategy.reduce(means, reduce_op="mean"))

    @abstractmethod
    def sample(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """Samples of the averaged generator."""

    @property
    def _networks(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "critic": self.critic}

    def to_device_of_weights(self, numbers: Tensor) -> Tensor:
        """The numbers on the critic's device and in its precision."""
        return numbers.to(next(self.critic.parameters()))
