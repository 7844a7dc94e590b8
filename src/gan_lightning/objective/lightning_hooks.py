"""The hooks by which Lightning trains an objective: optimizers, players, data, logging."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import torch
from lightning.pytorch import Callback
from lightning.pytorch.trainer.states import TrainerFn
from lightning.pytorch.utilities import rank_zero_info
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.rng import derive_seed, seed_global_rng
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.stream import StreamPlan
from gan_lightning.distributed.flat_ddp import average_gradients, check_strategy
from gan_lightning.nn.label_numbers import set_label_range
from gan_lightning.nn.labels import check_labels
from gan_lightning.objective import batch_cut, checks, step_logging, trainer_checks
from gan_lightning.objective.backward import backward_function
from gan_lightning.objective.checkpoint_hooks import CheckpointHooks
from gan_lightning.objective.dry_run import DryRun
from gan_lightning.objective.loss_scale import describe_skipped, loss_scales
from gan_lightning.objective.micro_batches import Batch, MicroBatches, split_batch
from gan_lightning.objective.player import Player

CHECK_EVERY = 50  # steps between two checks that all numbers are finite


class LightningHooks(DryRun, CheckpointHooks):
    """Everything around the step of `objective.base.AdversarialModule`."""

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """Samples [n, *shape] of the averaged generator from latents [n, latent_dim], as `sample`."""
        return self.sample(latent, label)

    def predict_step(self, batch: Batch, index: int) -> Tensor:
        """`Trainer.predict`: samples of a batch of latents, or of a pair of latents and classes."""
        latent, label = split_batch(batch)
        return self.sample(latent, label)

    def configure_callbacks(self) -> list[Callback]:
        """Adds none; checks the trainer's options and callbacks, since Lightning asks for it before its own checks."""
        if self.trainer.state.fn is TrainerFn.FITTING:
            trainer_checks.check_options(self.trainer)
            trainer_checks.check_penalty_precision(self.trainer, self.penalty_autocast)
            check_strategy(self.trainer.strategy)
        return []

    def setup(self, stage: str) -> None:
        """Takes on the run's precision before a checkpoint is loaded, which would otherwise be rounded to single."""
        self.trainer.precision_plugin.convert_module(self)
        self.loss_scales = loss_scales(self.trainer)
        self.micro_batches = MicroBatches(
            self.seed, self.n_critic, self.accumulate, self.trainer.global_rank, self.trainer.world_size
        )

    def configure_optimizers(self) -> list[Optimizer]:
        """The critic's optimizer and the generator's."""
        return [
            self.critic_optimizer(self.critic.parameters()),
            self.generator_optimizer(self.generator.parameters()),
        ]

    def on_fit_start(self) -> None:
        """Checks the trainer, builds the players, and tells the data module which batches are needed."""
        trainer_checks.check_epochs(self.trainer)
        trainer_checks.check_optimizers(self.trainer, self.critic, self.generator)
        trainer_checks.check_schedulers(self.trainer, self.schedule is not None)
        for group in (g for optimizer in self.trainer.optimizers for g in optimizer.param_groups):
            group.setdefault("initial_lr", group["lr"])
        self.save_optimizer_settings()
        checks.warn_if_schedule_ends_early(self.schedule, self.trainer.max_steps)
        if self.trainer.world_size > 1:
            batch_cut.check_norms_of_devices(self._networks)
        self.monitor.connect(self)
        # Lightning counts the steps of wrapped optimizers as `global_step`: with only the generator's wrapped, it is
        # the number of our steps.
        self.players = {
            self.critic: self._player("critic", self.generator, self.trainer.optimizers[0], self.critic_max_norm),
            self.generator: self._player(
                "generator", self.critic, self.trainer.strategy._lightning_optimizers[1], self.generator_max_norm
            ),
        }
        if isinstance(data := getattr(self.trainer, "datamodule", None), AdversarialDataModule):
            data.connect(StreamPlan(self.seed, self.n_critic, self.batch_schedule(data.batch_size), self.labelled))
            self.check_batch_divisible(data.batch_size, self.trainer.world_size)
            checks.check_pairs(data.train, self.regularizers)
            labels = data.train.labels if isinstance(data.train, SampleTable) else None
            if self.labelled and self.global_step == 0 and labels is not None and len(data.label_shape) == 1:
                numbers = labels[torch.arange(len(labels))]
                check_labels(numbers, self.generator, self.critic)
                set_label_range(self, numbers)
        self._backward = backward_function(self)
        self._tried, self._monitors_checked = False, False
        averaged = sum(1 for _ in self.ema.modules())  # these are in eval mode on purpose
        warnings.filterwarnings("ignore", message=rf"Found {averaged} module\(s\) in eval mode")
        warnings.filterwarnings("ignore", message="Using ModelCheckpoint with manual optimization")

    def on_train_start(self) -> None:
        """Checks the metrics that callbacks monitor, before anything is logged, and what a checkpoint has brought."""
        trainer_checks.check_monitors(self.trainer, self.metric_names, self.validation_names)
        self.restore_optimizer_settings()
        self.warn_if_data_changed()

    def _player(self, name: str, opponent: nn.Module, optimizer: Any, max_norm: float | None) -> Player:
        after_step = [regularizer.after_step for regularizer in self.regularizers.values()]
        if name == "generator" and step_logging.logs_itself(self.trainer):
            after_step.append(self._log_step)
        return Player(
            name,
            getattr(self, name),
            opponent,
            optimizer,
            max_norm=max_norm,
            schedule=self.schedule,
            metrics=self.metrics,
            monitor=self.monitor,
            average_gradients=partial(average_gradients, self.trainer.strategy),
            scale=self.loss_scales.get(name),
            after_step=after_step,
        )

    def _log_step(self, name: str) -> None:
        if step_logging.is_logged(self.trainer):
            headline = ("critic_loss", "generator_loss", self.loss.divergence_name)
            step_logging.log_step(self, self.step_metrics(), headline)

    def manual_backward(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:
        """Adds the loss's gradients to those of the player that is updated."""
        self._backward(loss, *args, **kwargs)

    def on_train_batch_start(self, batch: Batch, index: int) -> None:
        """Tries the networks on the first batch; makes torch's global generator, too, follow from the step."""
        if not self._tried:
            self.check_first_batch(batch)
            self._tried = True
        # Layers that do not draw from the step's rng draw from it.
        seed_global_rng(self.device, derive_seed(self.seed, "layers", self.global_step, self.trainer.global_rank))

    def on_train_batch_end(self, outputs: Any, batch: Batch, index: int) -> None:
        """Checks now and then that numbers are finite: a check waits for the device."""
        if self.global_step % CHECK_EVERY == 0:
            self.monitor.check()
        if not self._monitors_checked:
            trainer_checks.check_monitors(self.trainer, {*self.trainer.callback_metrics}, self.validation_names)
            self._monitors_checked = True
        self._step_schedulers("step", self.global_step)

    def on_train_epoch_start(self) -> None:
        """Goes on with the stream of data where the last epoch ended it; `overfit_batches` repeats its beginning."""
        data = getattr(self.trainer, "datamodule", None)
        repeats = self.trainer.overfit_batches  # type: ignore[attr-defined]
        if isinstance(data, AdversarialDataModule) and not repeats:
            data.go_on_from(self.global_step)

    def on_train_epoch_end(self) -> None:
        """Steps the schedulers that are due after an epoch."""
        self._step_schedulers("epoch", self.trainer.current_epoch + 1)

    def on_train_end(self) -> None:
        """Checks the last steps, before anything is made of their weights; says why training ended early."""
        self.monitor.check()
        if line := describe_skipped(self.loss_scales):
            print_rank_zero(line)
        if reason := trainer_checks.why_stopped(self.trainer):
            rank_zero_info(
                f"training ended at step {self.global_step:,}: {reason}. To go on: save_checkpoint(FILE), then "
                "fit(..., ckpt_path=FILE) with a Trainer that allows more"
            )

    def _step_schedulers(self, interval: str, count: int) -> None:
        # Lightning steps them in automatic optimization only.
        for config in self.trainer.lr_scheduler_configs:
            if config.interval == interval and count % config.frequency == 0:
                self.lr_scheduler_step(config.scheduler, None)
