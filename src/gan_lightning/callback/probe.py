"""The players on a few samples, between two rounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn

from gan_lightning.callback.game import Watched
from gan_lightning.data.module import AdversarialData
from gan_lightning.data.round import Table
from gan_lightning.objective.turn import to_network
from gan_lightning.penalty.penalty import input_gradients
from gan_lightning.rule.rule import Patient, Probe
from gan_lightning.runtime.draw import generator as source
from gan_lightning.runtime.draw import seed_device, seed_of
from gan_lightning.runtime.frozen import watched


class Probed(Watched, Patient, Protocol):
    """A game whose players can be tried on samples."""

    seed: int

    def now(self, network: nn.Module) -> Callable[[Tensor], Tensor]:
        """A network as it plays in this round."""
        ...

    def shown(self, real: Tensor) -> Tensor:
        """Real samples as the critic sees them in this round."""
        ...


def probe(trainer: Trainer, module: LightningModule, count: int) -> Probe | None:
    """Tries both players on `count` samples, in parts of the round's batch; None without held-out samples.

    Held-out samples, latents and the places between them are the same every time. Networks behave as in training
    (batch statistics), as held-out samples are judged, and keep no trace; torch's own generators are left as they were.
    """
    game, data = cast(Probed, module), getattr(trainer, "datamodule", None)
    if not isinstance(data, AdversarialData) or not len(data.held_out):
        return None
    like = next(game.critic.parameters())

    def shown(table: Table) -> Tensor:
        rows = torch.linspace(0, len(table) - 1, min(count, len(data.held_out))).long()
        return game.shown(to_network(table.rows[rows].to(like.device)).to(like.dtype))

    devices = [like.device] if like.device.type == "cuda" else []
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.random.fork_rng(devices),
        watched(game.generator, game.critic),
    ):
        seed_device(like.device, seed_of(game.seed, "probe"))
        critic, real = game.now(game.critic), shown(data.held_out)
        parts = -(-len(real) // game.plan(data.batch_size)(trainer.global_step).batch_size)
        latent = game.latent(len(real), "probe").to(like.dtype)
        where = torch.rand(len(real), *[1] * (real.dim() - 1), generator=source(game.seed, "between")).to(real)

        @torch.no_grad()
        def scores(samples: Tensor) -> Tensor:
            return torch.cat(
                [critic(part).reshape(len(part), -1).mean(1).float() for part in samples.tensor_split(parts)]
            )

        with torch.no_grad():
            fake = torch.cat([game.now(game.generator)(part) for part in latent.tensor_split(parts)])
        between = torch.lerp(fake, real, where).tensor_split(parts)
        slope = torch.cat([input_gradients(critic, part).detach().norm(dim=1).float() for part in between])
        trained = scores(shown(data.train)) if isinstance(data.train, Table) else None
        return Probe(real, fake, scores(real), scores(fake), trained, slope)
