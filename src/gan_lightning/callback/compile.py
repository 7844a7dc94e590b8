"""Losses and their gradients, compiled."""

from __future__ import annotations

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.batch_norm import CrossReplicaBatchNorm
from gan_lightning.nn.feature_hook import FeatureHook
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.compiled_loss import CompiledLoss, Loss
from gan_lightning.objective.sgan import SGAN

LOSSES: dict[str, Loss] = {"critic": "critic_loss", "generator": "generator_loss"}


class Compile(Callback):
    """Replaces a module's losses by compiled ones during training.

    Args:
        backend: of torch.compile.
    """

    def __init__(self, backend: str = "inductor") -> None:
        self.backend = backend

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Replaces the losses; each is compiled at its first call.

        Raises:
            UsageError: the networks change during training, or the losses have parts that a graph can't hold.
        """
        assert isinstance(module, AdversarialModule)
        if module.loss_scales:
            raise UsageError(
                "trainer.compile=true computes gradients before a loss scale of 16-mixed could help: leave it out, or "
                "use trainer.precision=bf16-mixed"
            )
        if module.is_progressive:
            raise UsageError(
                f"trainer.compile=true: {type(module).__name__}'s networks change from step to step, and each change "
                "would be compiled anew; leave it out"
            )
        if module.draws_own_samples:
            raise UsageError(
                f"trainer.compile=true can't follow {type(module).__name__}'s labelled samples: leave it out"
            )
        if module.pool is not None:
            raise UsageError(
                "trainer.compile=true can't follow a pool of earlier fakes: leave it out, or use objective.pool_size=0"
            )
        if isinstance(module, SGAN):
            raise UsageError("trainer.compile=true can't follow SGAN's terms of each level: leave it out")
        if module.regularizers or module.augments:
            names = ", ".join([*module.regularizers, *module.augments])
            raise UsageError(
                f"trainer.compile=true can't follow regularizers and augmentations ({names}): leave it out"
            )
        if any(isinstance(part, FeatureHook) for part in vars(module).values()):
            raise UsageError(
                f"trainer.compile=true can't follow {type(module).__name__}'s features of a layer of the critic: leave "
                "it out"
            )
        if module.penalty_schedule is not None:
            raise UsageError("trainer.compile=true can't follow a penalty_schedule: leave one of them out")
        if any(isinstance(layer, CrossReplicaBatchNorm) for layer in module.modules()):
            raise UsageError(
                "trainer.compile=true can't follow batch norm over several devices: leave one of them out, or use "
                "layer norm (model.generator.norm=layer, critic_norm=layer)"
            )
        for part in (module.loss, module.penalty):
            if trainer.world_size > 1 and getattr(part, "batch_statistics", False):
                raise UsageError(
                    f"trainer.compile=true can't follow {type(part).__name__}'s statistics over several devices: leave "
                    "trainer.compile out, or use trainer.devices=1"
                )
        if trainer.is_global_zero:
            print_rank_zero("compiling: the first step takes some ten seconds a network, and more on the first run")
        for network, name in LOSSES.items():
            parameters = module.players[getattr(module, network)].parameters
            setattr(module, name, CompiledLoss(module, name, parameters, self.backend))

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Gives the module its own losses again."""
        for name in LOSSES.values():
            vars(module).pop(name, None)
