"""The players on a few samples, between two steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn

from gan_lightning.callback.due import as_adversarial
from gan_lightning.core.rng import derive_seed, seed_global_rng
from gan_lightning.core.rng import new_rng as source
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.pixels import to_float
from gan_lightning.data.stream import SampleTable
from gan_lightning.diagnostic.base import Probe
from gan_lightning.nn.freeze import as_in_training
from gan_lightning.penalty.base import input_gradients

Player = Callable[[Tensor], Tensor]


def probe(trainer: Trainer, module: LightningModule, count: int) -> Probe | None:
    """Tries both players on `count` samples, in parts of the step's batch; None without held-out samples.

    Held-out samples, latents and the places between them are the same every time. Networks behave as in training
    (batch statistics), as held-out samples are judged, and keep no trace; torch's own generators are left as they were.
    """
    game, data = as_adversarial(module), getattr(trainer, "datamodule", None)
    if not isinstance(data, AdversarialDataModule) or not len(data.held_out):
        return None
    like = next(game.critic.parameters())

    def shown(table: SampleTable) -> tuple[Tensor, Tensor | None]:
        rows = torch.linspace(0, len(table) - 1, min(count, len(data.held_out))).long()
        label = None if table.labels is None else table.labels[rows].to(like.device)
        return game.match_stage(to_float(table.rows[rows].to(like.device)).to(like.dtype)), label

    devices = [like.device] if like.device.type == "cuda" else []
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.random.fork_rng(devices),
        as_in_training(game.generator, game.critic),
    ):
        seed_global_rng(like.device, derive_seed(game.seed, "probe"))
        real, label = shown(data.held_out)
        parts = -(-len(real) // game.batch_schedule(data.batch_size)(trainer.global_step).batch_size)
        latent = game.latent(len(real), "probe").to(like.dtype)
        where = torch.rand(len(real), *[1] * (real.dim() - 1), generator=source(game.seed, "between")).to(real)

        def played(network: nn.Module, inputs: Tensor, label: Tensor | None) -> Iterator[tuple[Player, Tensor]]:
            labels = [None] * parts if label is None else label.tensor_split(parts)
            return (
                (game.conditioned(network, known), part)
                for known, part in zip(labels, inputs.tensor_split(parts), strict=True)
            )

        @torch.no_grad()
        def scores(samples: Tensor, label: Tensor | None) -> Tensor:
            found = [critic(part) for critic, part in played(game.critic, samples, label)]
            return torch.cat([part.reshape(len(part), -1).mean(1).float() for part in found])

        with torch.no_grad():
            fake = torch.cat([generator(part) for generator, part in played(game.generator, latent, label)])
        between = played(game.critic, torch.lerp(fake, real, where), label)
        slope = torch.cat([input_gradients(critic, part).detach().norm(dim=1).float() for critic, part in between])
        trained = scores(*shown(data.train)) if isinstance(data.train, SampleTable) else None
        return Probe(real, fake, scores(real, label), scores(fake, label), trained, slope)
