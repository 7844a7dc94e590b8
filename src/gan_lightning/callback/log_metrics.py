"""Metrics of the module, to every logger."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Protocol, runtime_checkable

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.trainer.states import TrainerFn

from gan_lightning.callback.due import as_adversarial, images_seen, is_reading_step
from gan_lightning.callback.throughput import Throughput, TimedCallback
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.step_logging import LogsStepMetrics, publish


@runtime_checkable
class RewindableLogger(Protocol):
    """A logger that can delete the entries after a step."""

    def rewind(self, step: int) -> None:
        """Deletes the entries logged after `step`."""
        ...


class LogMetrics(TimedCallback, LogsStepMetrics):
    """Logs the module's metrics after the first step, every `trainer.log_every_n_steps` steps and the last.

    Beside the module's own: `images_seen` (real images in all critic updates so far, over all devices),
    `images_per_second` (since the last logging step, without the time of validation, plots and checkpoints),
    `critic_lr` and `generator_lr`. Validation metrics are logged when the validation ends. The x-axis is
    `trainer.global_step`.

    Callbacks can monitor each of them.
    """

    later_metrics = frozenset({"images_seen", "images_per_second", "critic_lr", "generator_lr"})  # beside the module's
    _throughput: Throughput
    _last_logged = 0
    _validation_began = 0.0

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Rewinds loggers to the step that a run resumes from."""
        self._last_logged = trainer.global_step
        for logger in trainer.loggers:
            if isinstance(logger, RewindableLogger):
                logger.rewind(trainer.global_step)
        self._throughput = Throughput(trainer, module)

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Logs at logging steps."""
        if is_reading_step(trainer):
            self._log_step(trainer, module)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Logs the last step of a training that stopped early."""
        if trainer.global_step > self._last_logged:
            self._log_step(trainer, module)

    def on_validation_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Starts the timer of the validation."""
        self._validation_began = perf_counter()

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Logs the validation metrics."""
        self.excluded_seconds += perf_counter() - self._validation_began
        if trainer.state.fn is TrainerFn.FITTING and not trainer.sanity_checking:
            publish(trainer, as_adversarial(module).validation)

    def _log_step(self, trainer: Trainer, module: LightningModule) -> None:
        self._last_logged = trainer.global_step
        metrics = as_adversarial(module).step_metrics()
        speed, images = self._throughput.per_second(), images_seen(trainer, module)
        if images is not None:
            metrics |= {"images_seen": images, "images_per_second": speed}
        publish(trainer, metrics | learning_rates(trainer, as_adversarial(module)))


def learning_rates(trainer: Trainer, module: AdversarialModule) -> dict[str, float]:
    """Current learning rates, as `critic_lr` and `generator_lr`."""
    networks = {"critic_lr": module.critic, "generator_lr": module.generator}
    owner = {id(weight): name for name, network in networks.items() for weight in network.parameters()}
    groups = [optimizer.param_groups[0] for optimizer in trainer.optimizers]
    return {owner[id(group["params"][0])]: float(group["lr"]) for group in groups if id(group["params"][0]) in owner}
