"""Checks of a Trainer before the first step: options and callbacks that adversarial training can't follow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lightning.pytorch import Callback, Trainer, callbacks
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.stream import StepStream

# Callbacks that steer Lightning's automatic optimization, and what does the same here.
AUTOMATIC_ONLY: dict[type[Callback], str] = {
    callbacks.GradientAccumulationScheduler: "use accumulate=, micro-batches of each update",
    callbacks.StochasticWeightAveraging: "the generator is averaged already: use ema_decay= and ema_after=",
    callbacks.WeightAveraging: "the generator is averaged already: use ema_decay= and ema_after=",
    callbacks.LearningRateFinder: "two players have no loss that falls: try rates by hand",
    callbacks.BatchSizeFinder: "choose the batch size by hand; accumulate= saves memory",
    callbacks.BaseFinetuning: "freeze layers of a network before training (requires_grad_(False))",
}

TIME_IS_UP = "time was up (max_time, which counts earlier parts of the run, too)"


def check_options(trainer: Trainer) -> None:
    """Checks options and callbacks, before Lightning does.

    Raises:
        UsageError: names the option or callback, and what to use in its place.
    """
    if trainer.gradient_clip_val:
        raise UsageError(
            f"Trainer(gradient_clip_val={trainer.gradient_clip_val}) is for one optimizer: use critic_max_norm= and "
            "generator_max_norm= of the objective"
        )
    if trainer.accumulate_grad_batches != 1:
        raise UsageError(
            f"Trainer(accumulate_grad_batches={trainer.accumulate_grad_batches}) is for one optimizer: use accumulate= "
            "of the objective, which cuts each update's batch into micro-batches"
        )
    if trainer.precision in ("16-true", "bf16-true"):
        raise UsageError(f"precision {trainer.precision} is too coarse for two players: use precision='bf16-mixed'")
    for callback in callbacks_of(trainer, Callback):
        for kind, remedy in AUTOMATIC_ONLY.items():
            if isinstance(callback, kind):
                raise UsageError(f"{type(callback).__name__} needs automatic optimization: {remedy}")


def check_penalty_precision(trainer: Trainer, penalty_autocast: bool) -> None:
    """Checks that the gradient inside a penalty, whose scores have no loss scale, is not computed in fp16.

    Raises:
        UsageError: `penalty_autocast` is set under fp16.
    """
    if trainer.precision == "16-mixed" and penalty_autocast:
        raise UsageError(
            "objective.penalty_autocast=true under 16-mixed would lose small gradients of scores: leave it out, or use "
            "trainer.precision=bf16-mixed"
        )


def check_epochs(trainer: Trainer) -> None:
    """Checks that nothing waits for the end of an epoch of an endless stream of data.

    Raises:
        UsageError: names the option or callback, and what to use in its place.
    """
    if not _is_endless(trainer):
        return
    if trainer.max_steps == -1 and (trainer.max_epochs or -1) > 0:
        raise UsageError(
            f"Trainer(max_epochs={trainer.max_epochs}) never ends: this data module is a stream without epochs; use "
            "Trainer(max_steps=...), or limit_train_batches= as the length of an epoch"
        )
    if _validates(trainer):
        return
    for callback in callbacks_of(trainer, Callback):
        option = "every_n_train_steps=... of ModelCheckpoint, or "
        if isinstance(callback, callbacks.ModelCheckpoint):
            if not callback.monitor or callback._every_n_train_steps or callback._train_time_interval:
                continue
        elif isinstance(callback, callbacks.EarlyStopping):
            option = ""
        else:
            continue
        raise UsageError(
            f"{type(callback).__name__} looks at {callback.monitor} after a validation or an epoch, and there is "
            f"neither: set {option}val_check_interval=... of the trainer (steps; in plain Python with "
            "check_val_every_n_epoch=None)"
        )


def check_schedulers(trainer: Trainer, scheduled: bool) -> None:
    """Checks that the schedulers of `configure_optimizers` can be stepped.

    Args:
        trainer: with its schedulers.
        scheduled: True if the objective has a schedule of its own.

    Raises:
        UsageError: names the scheduler, and what to use in its place.
    """
    for config in trainer.lr_scheduler_configs:
        name = type(config.scheduler).__name__
        if scheduled:
            raise UsageError(f"schedule= and {name} of configure_optimizers both set learning rates: use one of them")
        if isinstance(config.scheduler, ReduceLROnPlateau):
            raise UsageError(
                f"{name} waits for a metric, which Lightning hands on in automatic optimization only: use a scheduler "
                "that counts steps"
            )
        if config.interval == "epoch" and _is_endless(trainer):
            raise UsageError(
                f"{name} steps after each epoch, and this data module is a stream without epochs: return "
                '{"scheduler": ..., "interval": "step"} from configure_optimizers'
            )


def check_optimizers(trainer: Trainer, critic: nn.Module, generator: nn.Module) -> None:
    """Checks that there is an optimizer of the critic, then one of the generator.

    Raises:
        UsageError: `configure_optimizers` returned others.
    """
    groups = [optimizer.param_groups for optimizer in trainer.optimizers]
    owned = [{id(weight) for group in of for weight in group["params"]} for of in groups]
    players = [{id(weight) for weight in network.parameters()} for network in (critic, generator)]
    if len(owned) != 2 or any(not own or not own <= player for own, player in zip(owned, players, strict=False)):
        raise UsageError("configure_optimizers must return two optimizers, the critic's and then the generator's")


def check_monitors(trainer: Trainer, metrics: Iterable[str], validation: Iterable[str]) -> None:
    """Checks that callbacks monitor metrics that exist.

    Callbacks and modules from elsewhere may log others later; then Lightning's own check has to do.

    Args:
        trainer: about to train.
        metrics: names of the module's step metrics.
        validation: names of the metrics of a validation.

    Raises:
        UsageError: names the callback, its monitor, and similar metrics.
    """
    foreign = [type(part) for part in (trainer.lightning_module, *callbacks_of(trainer, Callback))]
    if any(not kind.__module__.startswith(("gan_lightning.", "lightning.")) for kind in foreign):
        return
    known = {*metrics, *(validation if _validates(trainer) or not _is_endless(trainer) else ())}
    known |= {"epoch", "step"}.union(
        *(getattr(callback, "later_metrics", ()) for callback in callbacks_of(trainer, Callback))
    )
    for callback in callbacks_of(trainer, Callback):
        monitor = getattr(callback, "monitor", None)
        if isinstance(monitor, str) and monitor not in known:
            hint = did_you_mean(monitor, known - {"epoch", "step"})
            if monitor in validation:
                hint = "it is a metric of validations, and there are none: set val_check_interval=... of the trainer"
            name = getattr(callback, "key", type(callback).__name__)
            raise UsageError(f"{name}: there is no metric {monitor!r} to monitor: {hint}")


def why_stopped(trainer: Trainer) -> str | None:
    """The reason why training ended before its last step, such as "time was up (max_time)"; None if it did not."""
    if not trainer.should_stop or trainer.global_step == trainer.max_steps:
        return None
    for callback in callbacks_of(trainer, Callback):
        if isinstance(callback, callbacks.Timer) and (callback.time_remaining() or 1) <= 0:
            return TIME_IS_UP
        reason = getattr(callback, "stopping_reason_message", None)
        if reason:
            return f"{type(callback).__name__}: {reason.removesuffix(' Signaling Trainer to stop.').rstrip('.')}"
    return "a callback stopped it"


def _is_endless(trainer: Any) -> bool:
    """True if the data have no end, and the trainer sets none."""
    own = isinstance(getattr(trainer, "datamodule", None), AdversarialDataModule)
    stream = isinstance(getattr(trainer, "train_dataloader", None), StepStream)
    return (own or stream) and isinstance(trainer.limit_train_batches, float) and not trainer.overfit_batches


def _validates(trainer: Any) -> bool:
    """True if validations are due in training on an endless stream."""
    return bool(trainer.limit_val_batches) and isinstance(trainer.val_check_interval, int)
