"""Figures of the game, to every logger."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Protocol, runtime_checkable

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.trainer.states import TrainerFn

from gan_lightning.callback.due import as_adversarial, images_seen, is_logging_step
from gan_lightning.callback.throughput import Throughput, TimedCallback
from gan_lightning.objective.base import AdversarialModule


@runtime_checkable
class RewindableLogger(Protocol):
    """A logger that can forget what came after a step."""

    def rewind(self, step: int) -> None:
        """Forgets what was logged after `step`."""
        ...


class LogMetrics(TimedCallback):
    """Logs the game's figures after the first step, every `trainer.log_every_n_steps` steps and the last.

    Beside the module's own: `images_seen` (real images shown to the critic so far, over all devices),
    `images_per_second` (since the last record, without the time of validation, pictures and checkpoints),
    `critic_lr` and `generator_lr`. Figures of a validation are logged when it ends. The step is always the step.

    Loggers are called directly: `self.log` would cost each figure 0.3 ms.
    """

    _pace: Throughput
    _recorded = 0
    _validation_began = 0.0

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Loggers forget the steps that come again."""
        self._recorded = trainer.global_step
        for logger in trainer.loggers:
            if isinstance(logger, RewindableLogger):
                logger.rewind(trainer.global_step)
        self._pace = Throughput(trainer, module)

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Records where due."""
        if is_logging_step(trainer):
            self._record(trainer, module)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Records the last step of a training that stopped early."""
        if trainer.global_step > self._recorded:
            self._record(trainer, module)

    def on_validation_start(self, trainer: Trainer, module: LightningModule) -> None:
        """The game waits."""
        self._validation_began = perf_counter()

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Records what the validation found."""
        self.excluded_seconds += perf_counter() - self._validation_began
        if trainer.state.fn is TrainerFn.FITTING and not trainer.sanity_checking:
            self._log(trainer, dict(as_adversarial(module).validation))

    def _record(self, trainer: Trainer, module: LightningModule) -> None:
        self._recorded = trainer.global_step
        figures = as_adversarial(module).step_metrics()
        speed, images = self._pace.per_second(), images_seen(trainer, module)
        if images is not None:
            figures |= {"images_seen": images, "images_per_second": speed}
        self._log(trainer, figures | learning_rates(trainer, as_adversarial(module)))

    def _log(self, trainer: Trainer, figures: dict[str, float]) -> None:
        for logger in trainer.loggers:
            logger.log_metrics(figures, step=trainer.global_step)


def learning_rates(trainer: Trainer, module: AdversarialModule) -> dict[str, float]:
    """Each player's learning rate now, as `critic_lr` and `generator_lr`."""
    players = {"critic_lr": module.critic, "generator_lr": module.generator}
    owner = {id(weight): name for name, player in players.items() for weight in player.parameters()}
    groups = [optimizer.param_groups[0] for optimizer in trainer.optimizers]
    return {owner[id(group["params"][0])]: float(group["lr"]) for group in groups if id(group["params"][0]) in owner}
