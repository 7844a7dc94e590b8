"""Losses and their gradients, compiled."""

from __future__ import annotations

from typing import cast

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.batch_norm import CrossReplicaBatchNorm
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.compiled_loss import CompiledLoss, Loss

LOSSES: dict[str, Loss] = {"critic": "critic_loss", "generator": "generator_loss"}


class Compile(Callback):
    """Puts compiled losses in the place of a game's own for as long as it trains.

    Args:
        backend: of torch.compile.
    """

    def __init__(self, backend: str = "inductor") -> None:
        self.backend = backend

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Wraps the losses; they are compiled when they are first asked for.

        Raises:
            UsageError: the game's networks change as it goes on, or its losses have parts that a graph can't hold.
        """
        game = cast(AdversarialModule, module)
        if game.is_progressive:
            raise UsageError(
                f"trainer.compile=true: {type(game).__name__}'s networks change from step to step, and each change "
                "would be compiled anew; leave it out"
            )
        if game.draws_own_samples:
            raise UsageError(
                f"trainer.compile=true can't follow {type(game).__name__}'s labelled samples: leave it out"
            )
        if game.regularizers or game.augments:
            names = ", ".join([*game.regularizers, *game.augments])
            raise UsageError(
                f"trainer.compile=true can't follow regularizers and augmentations ({names}): leave it out"
            )
        if game.penalty_schedule is not None:
            raise UsageError("trainer.compile=true can't follow a penalty_schedule: leave one of them out")
        if any(isinstance(layer, CrossReplicaBatchNorm) for layer in game.modules()):
            raise UsageError(
                "trainer.compile=true can't follow batch norm over several devices: leave one of them out, or use "
                "layer norm (model.generator.norm=layer, critic_norm=layer)"
            )
        if trainer.is_global_zero:
            print_rank_zero("compiling: the first step takes some ten seconds a network, and more on the first run")
        for network, name in LOSSES.items():
            parameters = game.players[getattr(game, network)].parameters
            game.__dict__[name] = CompiledLoss(game, name, parameters, self.backend)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Gives the module its own back."""
        for name in LOSSES.values():
            module.__dict__.pop(name, None)
