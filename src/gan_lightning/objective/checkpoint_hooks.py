"""The hooks by which Lightning saves and loads an objective's checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lightning.pytorch.trainer.states import TrainerFn

from gan_lightning.core.console import print_rank_zero
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.fingerprint import describe_change, fingerprint
from gan_lightning.objective.optimizer_settings import hyperparameters_of, restore_configured
from gan_lightning.objective.parts import ObjectiveParts
from gan_lightning.run import checkpoint_format, checkpoint_schema


class CheckpointHooks(ObjectiveParts):
    """Checkpoints with the format's version, metrics and a fingerprint of the data; resuming with other settings."""

    _data_before: Mapping[str, Any] = MappingProxyType({})  # fingerprint of those that a checkpoint was trained on
    _data_now: dict[str, Any] | None = None

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Adds the format's version, and the metrics, for those that are not computed in every step.

        Raises:
            UsageError: numbers since the last check are not finite, and `on_nan` is stop.
        """
        self.monitor.check()
        checkpoint_format.add_format_version(checkpoint)
        checkpoint["metrics"] = self.step_metrics()
        if self.loss_scales:
            checkpoint["loss_scales"] = {name: scale.state_dict() for name, scale in self.loss_scales.items()}
        if data := self._fingerprint():
            checkpoint["data"] = data

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
        for name, state in checkpoint.get("loss_scales", {}).items():
            if name in self.loss_scales:
                self.loss_scales[name].load_state_dict(state)
        self._data_before = checkpoint.get("data", {})

    def save_optimizer_settings(self) -> None:
        """Keeps the optimizers' hyper-parameters as configured, before a checkpoint's are loaded."""
        self._configured_groups = [hyperparameters_of(optimizer) for optimizer in self.trainer.optimizers]

    def restore_optimizer_settings(self) -> None:
        """Makes the optimizers' hyper-parameters those that are configured, after a checkpoint's were loaded."""
        scheduled = self.schedule is not None or bool(self.trainer.lr_scheduler_configs)
        for name, optimizer, configured in zip(
            ("critic", "generator"), self.trainer.optimizers, self._configured_groups, strict=True
        ):
            restore_configured(f"{name}_optimizer", optimizer, configured, scheduled=scheduled)

    def warn_if_data_changed(self) -> None:
        """Warns if the checkpoint was trained on other data."""
        if change := describe_change(self._data_before, self._fingerprint()):
            print_rank_zero(f"warning: the data are not those that the checkpoint was trained on: {change}")

    def _fingerprint(self) -> dict[str, Any]:
        if self._data_now is None:
            data = getattr(self.trainer, "datamodule", None)
            loaded = data if isinstance(data, AdversarialDataModule) and hasattr(data, "train") else None
            self._data_now = fingerprint(loaded.train, loaded.held_out) if loaded else {}
        return self._data_now
