"""Outputs of both networks on a few fixed samples, for the doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from gan_lightning.callback.due import as_adversarial
from gan_lightning.core.rng import derive_seed, new_rng, seed_global_rng
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.pixels import to_float
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.diagnostic.base import Probe
from gan_lightning.nn.freeze import as_in_training
from gan_lightning.nn.labels import BoundNetwork
from gan_lightning.penalty.base import input_gradients

Network = Callable[[Tensor], Tensor]
Bind = Callable[["Tensor | None"], Network]  # to classes


def probe(trainer: Trainer, module: LightningModule, count: int) -> Probe | None:
    """Evaluates both networks on `count` samples, in parts of the step's batch size; None without held-out samples.

    Held-out samples, latents and interpolation points are the same in every call. Networks behave as in training (batch
    statistics), as in validation, but their buffers and torch's global random state are unchanged.
    """
    gan, data = as_adversarial(module), getattr(trainer, "datamodule", None)
    if not isinstance(data, AdversarialDataModule) or not len(data.held_out):
        return None
    like = next(gan.critic.parameters())

    def rows_of(table: SampleTable) -> tuple[Tensor, Tensor | None]:
        rows = torch.linspace(0, len(table) - 1, min(count, len(data.held_out))).long()
        label = None if table.labels is None else table.labels[rows].to(like.device)
        return gan.match_stage(to_float(table.rows[rows].to(like.device)).to(like.dtype)), label

    devices = [like.device] if like.device.type == "cuda" else []
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.random.fork_rng(devices),
        as_in_training(gan.generator, gan.critic),
    ):
        seed_global_rng(like.device, derive_seed(gan.seed, "probe"))
        real, label = rows_of(data.held_out)
        parts = -(-len(real) // gan.batch_schedule(data.batch_size)(trainer.global_step).batch_size)
        latent = gan.latent(len(real), "probe").to(like.dtype)

        def in_parts(bind: Bind, inputs: Tensor, label: Tensor | None) -> Iterator[tuple[Network, Tensor]]:
            labels = [None] * parts if label is None else label.tensor_split(parts)
            return ((bind(classes), part) for classes, part in zip(labels, inputs.tensor_split(parts), strict=True))

        @torch.no_grad()
        def scores(samples: Tensor, label: Tensor | None) -> Tensor:
            found = [critic(part) for critic, part in in_parts(gan.critic_scores, samples, label)]
            return torch.cat([part.reshape(len(part), -1).mean(1).float() for part in found])

        def critic_inputs(real: Tensor, fake: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
            labels = [None] * parts if label is None else label.tensor_split(parts)
            split = zip(*(rows.tensor_split(parts) for rows in (real, latent, fake)), labels, strict=True)
            pairs = [gan.critic_inputs(r, z, BoundNetwork(lambda _, f=f: f, classes)) for r, z, f, classes in split]
            return torch.cat([pair[0] for pair in pairs]), torch.cat([pair[1] for pair in pairs])

        with torch.no_grad():
            fake = torch.cat(
                [
                    generator(part)
                    for generator, part in in_parts(partial(gan.conditioned, gan.generator), latent, label)
                ]
            )
            real_input, fake_input = critic_inputs(real, fake, label)
        epsilon = torch.rand(len(real), *[1] * (real_input.dim() - 1), generator=new_rng(gan.seed, "between")).to(real)
        between = in_parts(gan.critic_scores, torch.lerp(fake_input, real_input, epsilon), label)
        slope = torch.cat([input_gradients(critic, part).detach().norm(dim=1).float() for critic, part in between])
        trained = None
        if isinstance(data.train, SampleTable):
            rows, classes = rows_of(data.train)
            with torch.no_grad():
                trained = scores(critic_inputs(rows, fake, classes)[0], classes)
        return Probe(real, fake, scores(real_input, label), scores(fake_input, label), trained, slope)
