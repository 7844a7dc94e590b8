"""The hooks by which Lightning trains an objective: optimizers, checkpoints, checks before the first step."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from types import MappingProxyType
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule
from lightning.pytorch.trainer.states import TrainerFn
from lightning.pytorch.utilities import rank_zero_info
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, derive_seed, layers_draw_from, new_rng, seed_global_rng
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.fingerprint import describe_change, fingerprint
from gan_lightning.data.pixels import to_float
from gan_lightning.data.stream import BatchSchedule, ConstantBatch, StreamPlan
from gan_lightning.distributed.flat_ddp import average_gradients, check_strategy
from gan_lightning.loss import Loss
from gan_lightning.nn.dropout import convert_dropout
from gan_lightning.nn.ema import EMA
from gan_lightning.nn.freeze import as_in_training
from gan_lightning.nn.labels import check_labels, num_classes_of
from gan_lightning.nn.minibatch_groups import group_sizes
from gan_lightning.nn.scores import scores_only
from gan_lightning.objective import batch_cut, checks, step_logging, trainer_checks
from gan_lightning.objective.backward import backward_function
from gan_lightning.objective.micro_batches import Batch, MicroBatches, split_batch
from gan_lightning.objective.nonfinite import NonFiniteMonitor
from gan_lightning.objective.optimizer_settings import hyperparameters_of, restore_configured
from gan_lightning.objective.player import Player
from gan_lightning.objective.step_metrics import StepMetrics
from gan_lightning.optimizer import OptimizerFactory
from gan_lightning.penalty import Penalty
from gan_lightning.regularizer import Regularizer
from gan_lightning.run import checkpoint_format, checkpoint_schema

CHECK_EVERY = 50  # steps between two checks that all numbers are finite


class LightningHooks(LightningModule):
    """Everything around the step of `objective.base.AdversarialModule`.

    Attributes:
        generator, critic: the networks.
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
        players: the networks with their optimizers, from `on_fit_start` on.
        micro_batches: cuts a step's batch, from `setup` on.
    """

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
    regularizers: dict[str, Regularizer]
    metrics: StepMetrics
    monitor: NonFiniteMonitor
    players: dict[nn.Module, Player]
    micro_batches: MicroBatches
    _data_before: Mapping[str, Any] = MappingProxyType({})  # fingerprint of those that a checkpoint was trained on
    _data_now: dict[str, Any] | None = None

    @abstractmethod
    def conditioned(self, network: nn.Module, label: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """A network bound to the step's stage of growth and to classes."""

    def critic_scores(self, label: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """The critic bound to classes and to the step's stage, samples → scores [batch, ...]."""
        return scores_only(self.conditioned(self.critic, label))

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
        return names | {"real_score", "fake_score", "penalty", self.loss.divergence_name}

    @property
    @abstractmethod
    def validation_names(self) -> tuple[str, ...]:
        """Names of the metrics of a validation."""

    @property
    def labelled(self) -> bool:
        """True if a network or a regularizer needs the classes of real samples."""
        networks = num_classes_of(self.generator) or num_classes_of(self.critic)
        return bool(networks) or any(regularizer.labelled for regularizer in self.regularizers.values())

    def step_metrics(self) -> dict[str, float]:
        """The metrics of the last step, averaged over samples and devices. All ranks must call it."""
        return self.metrics.compute(self.loss, lambda means: self.trainer.strategy.reduce(means, reduce_op="mean"))

    @abstractmethod
    def sample(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """Samples of the averaged generator."""

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
            check_strategy(self.trainer.strategy)
        return []

    def setup(self, stage: str) -> None:
        """Takes on the run's precision before a checkpoint is loaded, which would otherwise be rounded to single."""
        self.trainer.precision_plugin.convert_module(self)
        self.micro_batches = MicroBatches(
            self.seed, self.n_critic, self.accumulate, self.trainer.global_rank, self.trainer.world_size
        )

    def configure_optimizers(self) -> list[Optimizer]:
        """The critic's optimizer and the generator's."""
        optimizers = [
            self.critic_optimizer(self.critic.parameters()),
            self.generator_optimizer(self.generator.parameters()),
        ]
        for group in (g for optimizer in optimizers for g in optimizer.param_groups):
            group.setdefault("initial_lr", group["lr"])
        return optimizers

    def on_fit_start(self) -> None:
        """Checks the trainer, builds the players, and tells the data module which batches are needed."""
        trainer_checks.check_epochs(self.trainer)
        trainer_checks.check_optimizers(self.trainer, self.critic, self.generator)
        trainer_checks.check_schedulers(self.trainer, self.schedule is not None)
        for group in (g for optimizer in self.trainer.optimizers for g in optimizer.param_groups):
            group.setdefault("initial_lr", group["lr"])  # of an overridden configure_optimizers
        self._configured_groups = [hyperparameters_of(optimizer) for optimizer in self.trainer.optimizers]
        checks.warn_if_schedule_ends_early(self.schedule, self.trainer.max_steps)
        if self.trainer.precision in ("16-mixed", "16-true", "bf16-true"):
            raise UsageError(
                f"precision {self.trainer.precision} is too coarse for two players: use precision='bf16-mixed'"
            )
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
        self._backward = backward_function(self)
        self._tried, self._monitors_checked = False, False
        averaged = sum(1 for _ in self.ema.modules())  # these are in eval mode on purpose
        warnings.filterwarnings("ignore", message=rf"Found {averaged} module\(s\) in eval mode")
        warnings.filterwarnings("ignore", message="Using ModelCheckpoint with manual optimization")

    def on_train_start(self) -> None:
        """Makes the optimizers' hyper-parameters those that are configured; says if a checkpoint saw other data.

        Also checks the metrics that callbacks monitor, before anything is logged.
        """
        trainer_checks.check_monitors(self.trainer, self.metric_names, self.validation_names)
        scheduled = self.schedule is not None or bool(self.trainer.lr_scheduler_configs)
        for name, optimizer, configured in zip(
            ("critic", "generator"), self.trainer.optimizers, self._configured_groups, strict=True
        ):
            restore_configured(f"{name}_optimizer", optimizer, configured, scheduled=scheduled)
        if change := describe_change(self._data_before, self._fingerprint()):
            print_rank_zero(f"warning: the data are not those that the checkpoint was trained on: {change}")

    def _fingerprint(self) -> dict[str, Any]:
        if self._data_now is None:
            data = getattr(self.trainer, "datamodule", None)
            loaded = data if isinstance(data, AdversarialDataModule) and hasattr(data, "train") else None
            self._data_now = fingerprint(loaded.train, loaded.held_out) if loaded else {}
        return self._data_now

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
            real, devices = self.micro_batches.reals(batch), self.trainer.world_size
            self.check_shares("the DataLoader's batch", real.shape[1] * devices, devices)
            self.dry_run(to_float(real[0, :2]))
            self._warn_if_out_of_range(real)
            if self.labelled:
                check_labels(self.micro_batches.labels(batch), self.generator, self.critic)
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

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Adds the format's version, and the metrics, for those that are not computed in every step.

        Raises:
            UsageError: numbers since the last check are not finite, and `on_nan` is stop.
        """
        self.monitor.check()
        checkpoint_format.add_format_version(checkpoint)
        checkpoint["metrics"] = self.step_metrics()
        if known := self._fingerprint():
            checkpoint["data"] = known

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Takes over the metrics.

        Raises:
            UsageError: the checkpoint is not of these networks or not one of this run; nothing has been overwritten.
        """
        checkpoint_format.check_compatible(checkpoint, self.state_dict())
        if self._trainer is not None and self.trainer.state.fn == TrainerFn.FITTING:
            players = {self.critic: self.critic_optimizer, self.generator: self.generator_optimizer}
            own = type(self).configure_optimizers.__module__.startswith("gan_lightning.")
            checkpoint_schema.check_resumable(checkpoint, self.trainer, players if own else None)
        self.metrics.load(checkpoint.get("metrics", {}), self.device)
        self._data_before = checkpoint.get("data", {})

    def dry_run(self, real: Tensor) -> None:
        """Runs both networks on two samples or more like `real`; changes nothing but the class of dropout layers.

        Raises:
            UsageError: the networks don't fit the data, the critic's scores are squashed by a sigmoid, or the update
                depends on how its batch is cut.
        """
        for network in self._networks.values():
            convert_dropout(network)
        if not self.micro_batch_statistics:
            parts = (self.loss, self.penalty, *self.regularizers.values())
            batch_cut.check_micro_batches(self.accumulate, self._networks, *parts)
        real = self.match_stage(self.to_device_of_weights(real)).detach()
        rng = StepRNG(new_rng(self.seed, "inspection", device=real.device))
        real = self.augment(real, rng).requires_grad_()
        generator, critic, latent = self.conditioned(self.generator), self.critic_scores(), self._zero_latent(len(real))
        is_cut = self.accumulate > 1 or (hasattr(self, "micro_batches") and self.micro_batches.world_size > 1)
        no_own_state = batch_cut.check_no_own_state(real.device, self._networks) if is_cut else nullcontext()
        with as_in_training(self.generator, self.critic), layers_draw_from(rng), no_own_state:
            scores = checks.check_shapes(generator, critic, latent, real)
        checks.check_unbounded_scores(self.critic, scores)
        if is_cut and not self.micro_batch_statistics:
            latent = rng.normal(len(real), self.latent_dim, device=real.device).to(latent)
            batch_cut.check_samples_apart("generator", self.generator, generator, latent)
            batch_cut.check_samples_apart("critic", self.critic, critic, real)

    def _warn_if_out_of_range(self, real: Tensor) -> None:
        with as_in_training(self.generator), layers_draw_from(StepRNG(new_rng(self.seed, "range", device=real.device))):
            checks.warn_if_out_of_range(self.conditioned(self.generator), self._zero_latent(2), real)

    def _zero_latent(self, n: int) -> Tensor:
        return self.to_device_of_weights(torch.zeros(n, self.latent_dim))

    def check_batch_divisible(self, batch_size: int, devices: int) -> None:
        """Checks that so many devices, each with its micro-batches, can share a batch equally.

        Raises:
            UsageError: names the next batch size that they can share.
        """
        self.check_shares("data.batch_size", batch_size, devices)

    def check_shares(self, key: str, batch_size: int, devices: int) -> None:
        """Checks that devices and micro-batches have equal shares of a batch, and whole groups of minibatch layers.

        Args:
            key: whose value the batch size is.
            batch_size: of a critic update.
            devices: that share it.

        Raises:
            UsageError: names the next batch size that they can share.
        """
        multiples = (1, self.generator_batch, getattr(self.penalty, "batch_fraction", 1))
        groups = group_sizes(self.generator, self.critic)
        checks.check_batch_divisible(key, batch_size, devices, self.accumulate, groups, multiples)

    @property
    def _networks(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "critic": self.critic}

    def to_device_of_weights(self, numbers: Tensor) -> Tensor:
        """The numbers on the critic's device and in its precision."""
        return numbers.to(next(self.critic.parameters()))
