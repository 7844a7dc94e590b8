"""A module's losses, replaced during training by ones that compute their gradients with them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from lightning.pytorch import Callback, LightningModule, Trainer
from torch import nn

from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.batch_norm import CrossReplicaBatchNorm
from gan_lightning.nn.feature_hook import FeatureHook
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.precomputed_loss import Loss, PrecomputedLoss
from gan_lightning.objective.sgan import SGAN

LOSSES: dict[str, Loss] = {"critic": "critic_loss", "generator": "generator_loss"}


class ReplacedLosses(Callback, ABC):
    """Replaces a module's losses during training by `PrecomputedLoss`es.

    Attributes:
        key: of the trainer's config that adds the callback.
        notice: printed before the first step.
    """

    key: ClassVar[str]
    notice: ClassVar[str]

    @abstractmethod
    def replacement(self, module: AdversarialModule, name: Loss, parameters: Sequence[nn.Parameter]) -> PrecomputedLoss:
        """The loss that takes the place of the module's own.

        Args:
            module: about to be trained.
            name: of the loss.
            parameters: of the player that is updated.
        """

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Replaces the losses.

        Raises:
            UsageError: see `check`.
        """
        assert isinstance(module, AdversarialModule)
        check_one_replacement(callbacks_of(trainer, ReplacedLosses))
        self.check(trainer, module)
        if trainer.is_global_zero:
            print_rank_zero(self.notice)
        for network, name in LOSSES.items():
            parameters = module.players[getattr(module, network)].parameters
            setattr(module, name, self.replacement(module, name, parameters))

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Gives the module its own losses again."""
        for name in LOSSES.values():
            vars(module).pop(name, None)

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Gives the module its own losses again after an error, too."""
        self.on_train_end(trainer, module)

    def check(self, trainer: Trainer, module: AdversarialModule) -> None:
        """Checks that a graph can hold the losses; before training, too.

        Raises:
            UsageError: the networks change during training, or the losses have parts that a graph can't hold.
        """
        setting, name = f"{self.key}=true", type(module).__name__
        if trainer.precision == "16-mixed":
            raise UsageError(
                f"{setting} computes gradients before a loss scale of 16-mixed could help: leave it out, or use "
                "trainer.precision=bf16-mixed"
            )
        if module.is_progressive:
            raise UsageError(
                f"{setting}: {name}'s networks change from step to step, and each change would need another graph; "
                "leave it out"
            )
        if module.draws_own_samples:
            raise UsageError(f"{setting} can't follow {name}'s labelled samples: leave it out")
        if module.pool is not None:
            raise UsageError(
                f"{setting} can't follow a pool of earlier fakes: leave it out, or use objective.pool_size=0"
            )
        if isinstance(module, SGAN):
            raise UsageError(f"{setting} can't follow SGAN's terms of each level: leave it out")
        if module.regularizers or module.augments:
            names = ", ".join([*module.regularizers, *module.augments])
            raise UsageError(f"{setting} can't follow regularizers and augmentations ({names}): leave it out")
        if any(isinstance(part, FeatureHook) for part in vars(module).values()):
            raise UsageError(f"{setting} can't follow {name}'s features of a layer of the critic: leave it out")
        if module.penalty_schedule is not None:
            raise UsageError(f"{setting} can't follow a penalty_schedule: leave one of them out")
        if any(isinstance(layer, CrossReplicaBatchNorm) for layer in module.modules()):
            raise UsageError(
                f"{setting} can't follow batch norm over several devices: leave one of them out, or use layer norm "
                "(model.generator.norm=layer, critic_norm=layer)"
            )
        for part in (module.loss, module.penalty):
            if trainer.world_size > 1 and getattr(part, "batch_statistics", False):
                raise UsageError(
                    f"{setting} can't follow {type(part).__name__}'s statistics over several devices: leave "
                    f"{self.key} out, or use trainer.devices=1"
                )


def check_one_replacement(callbacks: Sequence[Callback]) -> None:
    """Checks that the losses are replaced once.

    Raises:
        UsageError: several callbacks would replace them.
    """
    keys = [f"{one.key}=true" for one in callbacks if isinstance(one, ReplacedLosses)]
    if len(keys) > 1:
        raise UsageError(f"{' and '.join(keys)} both replace the losses: leave one of them out")
