"""Progressive growing of GANs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor, nn
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import MediumCount
from gan_lightning.data.stream import BatchSchedule, StepBatch
from gan_lightning.loss import Loss, Wasserstein
from gan_lightning.nn.fade import fade
from gan_lightning.nn.image_pyramid import ResolutionPyramid, pixels, pyramid
from gan_lightning.nn.labels import bind_labels
from gan_lightning.objective.arguments import keeps_hyperparameters
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.growth import GrowthSchedule, Stage
from gan_lightning.objective.hyperparameters import CommonHyperparameters
from gan_lightning.objective.micro_batches import Batch
from gan_lightning.optimizer import Adam, OptimizerFactory
from gan_lightning.penalty import GradientPenalty, Penalty


class ProGAN(AdversarialModule):
    """Karras et al. 2018, arXiv:1710.10196, appendix A.1: WGAN-GP with drift, one update each, on growing images.

    All levels exist from the start. The current level and its blending follow from the images seen; later levels cost
    neither time, nor communication, nor optimizer memory.

    The paper trains on 800k images in each part of the schedule; 600k, taken here, is the default of its code. The code
    resets the optimizers at the end of each fade, too.

    Args:
        generator: (latents, level, alpha) → images of the level, as `model.progressive.Generator`.
        critic: (images, level, alpha) → scores.
        schedule: of the growth; None is the paper's, up to the networks' last level.
        reset_optimizers: clear the optimizers' state when a level begins.
        loss: the losses of both players; None is Wasserstein with drift 1e-3.
        penalty: of the critic; None is the gradient penalty, λ = 10.
        n_critic: critic updates a step.
        critic_optimizer: of the critic.
        generator_optimizer: of the generator.
        **hyperparameters: see `CommonHyperparameters`. `ema_decay` holds for a step of the schedule's `batch_size`;
            other steps have the decay of equally many images.

    Attributes:
        growth: the schedule.
        stage: of the growth, at the last step that began.
    """

    is_progressive: ClassVar[bool] = True

    @keeps_hyperparameters
    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        schedule: GrowthSchedule | None = None,
        reset_optimizers: bool = True,
        loss: Loss | None = None,
        penalty: Penalty | None = None,
        n_critic: MediumCount = 1,
        critic_optimizer: OptimizerFactory = Adam(1e-3, (0.0, 0.99)),
        generator_optimizer: OptimizerFactory = Adam(1e-3, (0.0, 0.99)),
        **hyperparameters: Unpack[CommonHyperparameters],
    ) -> None:
        super().__init__(
            generator,
            critic,
            loss=loss or Wasserstein(drift=1e-3),
            penalty=penalty or GradientPenalty(10.0),
            n_critic=n_critic,
            critic_optimizer=critic_optimizer,
            generator_optimizer=generator_optimizer,
            **hyperparameters,
        )
        for name, regularizer in self.regularizers.items():
            if regularizer.acts_on_weights:
                raise UsageError(f"regularizer {name!r} changes weights of later levels: leave it out of ProGAN")
        last = min(_last_level(generator), _last_level(critic))
        self.growth = schedule or GrowthSchedule(_resolution(generator, last))
        if not isinstance(self.growth, GrowthSchedule):
            raise UsageError(
                f"objective.schedule of ProGAN is a GrowthSchedule, not a {type(schedule).__name__}: "
                "leave out schedule@objective.schedule"
            )
        largest, chosen = _resolution(generator, last), self.growth.last_resolution
        if self.growth.phases[-1].level > last:
            raise UsageError(
                f"objective.schedule.last_resolution={chosen} is above the {largest} px of the networks: use {largest} "
                "or less, or larger data (data.size)"
            )
        if (own := _resolution(generator, self.growth.phases[-1].level)) != chosen:
            raise UsageError(f"objective.schedule.last_resolution={chosen}, but the networks draw {own} px: use {own}")
        self.reset_optimizers, self.ema_decay = reset_optimizers, self.ema.decay
        self.ema.skip_unused = True
        self.stage = self.growth.at_step(0, n_critic)

    # ---- the stage ------------------------------------------------------------------------------------------------

    def conditioned(self, network: nn.Module, label: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """A network at the level and blending of this step."""
        player = bind_labels(network, label)
        return lambda inputs: player(inputs, self.stage.level, self.stage.alpha)

    def match_stage(self, real: Tensor) -> Tensor:
        """Real images of the data's size, shrunk and blended to the level of this step."""
        return fade(real, self.stage.level, self.stage.alpha)

    def batch_schedule(self, batch_size: int) -> BatchSchedule:
        """The batches of the schedule.

        Raises:
            UsageError: the data module's batch size is not the schedule's.
        """
        if batch_size != self.growth.batch_size:
            raise UsageError(
                f"data.batch_size={batch_size} and objective.schedule.batch_size={self.growth.batch_size} contradict: "
                "set data.batch_size, and leave the other to follow it; objective.schedule.batch_sizes has exceptions"
            )
        return partial(self.growth.at_step, n_critic=self.n_critic)

    @property
    def num_steps(self) -> int:
        """The number of steps of the schedule, for `Trainer(max_steps=...)`."""
        return self.growth.num_steps(self.n_critic)

    def on_train_batch_start(self, batch: Batch, index: int) -> None:
        """Sets the stage of the step."""
        before, self.stage = self.stage, self.growth.at_step(self.global_step, self.n_critic)
        if self.stage.level != before.level and self.reset_optimizers:
            for optimizer in self.trainer.optimizers:
                optimizer.state.clear()
        self.ema.decay = self.ema_decay ** (self.stage.batch_size / self.growth.batch_size)
        self._check_batch_size(batch)
        super().on_train_batch_start(batch, index)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Adds the stage of the last step."""
        super().on_save_checkpoint(checkpoint)
        checkpoint["stage"] = self.stage._asdict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Checks that the checkpoint is of this schedule.

        Raises:
            UsageError: it is of another.
        """
        super().on_load_checkpoint(checkpoint)
        k = int(checkpoint["global_step"])
        ours = self.growth.at_step(max(0, k - 1), self.n_critic)
        theirs = Stage(**checkpoint["stage"]) if "stage" in checkpoint else None
        if ours != theirs:
            there, here = (self.growth.describe(stage) if stage else "no growth" for stage in (theirs, ours))
            raise UsageError(
                f"the checkpoint stands at {there}, this schedule after {k:,} steps at {here}: "
                "go on with the objective.schedule, data.batch_size and objective.n_critic of its run"
            )
        self.stage = ours

    # ---- what is seen of it ---------------------------------------------------------------------------------------

    def step_metrics(self) -> dict[str, float]:
        """As for every objective, with the last step's level, alpha and resolution."""
        resolution = self.growth.resolution(self.stage.level)
        stage = {"level": self.stage.level, "alpha": self.stage.alpha, "resolution": resolution}
        return metrics | stage if (metrics := super().step_metrics()) else metrics

    @property
    def metric_names(self) -> set[str]:
        """See `LightningHooks`."""
        return super().metric_names | {"level", "alpha", "resolution"}

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an image of the last level."""
        channels, *size = super().shape
        return (channels, *(side << (self.growth.phases[-1].level - self.stage.level) for side in size))

    # ---- refusals -------------------------------------------------------------------------------------------------

    def on_fit_start(self) -> None:
        """As for every objective; warns where training ends before the growth does."""
        super().on_fit_start()
        if 0 < self.trainer.max_steps < self.num_steps:
            end = self.growth.at_step(self.trainer.max_steps - 1, self.n_critic)
            rank_zero_warn(
                f"training ends after step {self.trainer.max_steps:,}, at {self.growth.describe(end)}: the growth to "
                f"{self.growth.last_resolution} px takes {self.num_steps:,} steps (trainer.max_steps)"
            )

    def dry_run(self, real: Tensor) -> None:
        """As for every objective; `real` is of the data's size.

        Raises:
            UsageError: also where images are not of the last level's size, or that size times a power of two.
        """
        if real.dim() != 4:
            raise UsageError(f"ProGAN grows images, the data are of shape {tuple(real.shape[1:])}")
        image, last = pyramid(real.shape[1:], "ProGAN"), self.growth.last_resolution
        own, above = image.side(image.levels), image.levels - self.growth.phases[-1].level
        if above < 0 or own != last << above:
            raise UsageError(
                f"the data are of {pixels(real.shape[2:])}, the schedule grows to {last} px: use data.size={last}, or "
                f"objective.schedule.last_resolution={own} (data=array has no such key: resize the array)"
            )
        super().dry_run(real)

    def check_batch_divisible(self, batch_size: int, devices: int) -> None:
        """As for every objective, for the batches of all levels."""
        self.batch_schedule(batch_size)
        for phase in self.growth.phases:
            resolution = self.growth.resolution(phase.level)
            listed = phase.batch_size != self.growth.batch_size
            key = f"objective.schedule.batch_sizes.{resolution}" if listed else "data.batch_size"
            self.check_shares(key, phase.batch_size, devices)

    def _check_batch_size(self, batch: Batch) -> None:
        if isinstance(batch, StepBatch):
            return
        rows = self.micro_batches.reals(batch).shape[1] * self.trainer.world_size
        if rows != self.stage.batch_size:
            raise UsageError(
                f"the DataLoader gives {rows} images for an update, the schedule takes {self.stage.batch_size} at "
                f"{self.growth.resolution(self.stage.level)} px: pass the images as gan_lightning.TensorData, or "
                f"GrowthSchedule(batch_size={rows})"
            )


def _last_level(network: nn.Module) -> int:
    last = getattr(network, "last_level", None)
    if not isinstance(last, int):
        kind = f"{type(network).__module__.rpartition('.')[2]}.{type(network).__name__}"
        raise UsageError(f"ProGAN grows its networks, but {kind} has no levels: use model=progressive")
    return last


def _resolution(network: nn.Module, level: int) -> int:
    """The shorter side of a network's images at a level; of networks that don't tell it, with a base of 4 px."""
    own = getattr(network, "pyramid", None)
    return own.side(level) if isinstance(own, ResolutionPyramid) else 4 << level
