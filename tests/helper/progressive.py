"""A pair small enough to grow in a test, from 4 to 8 px in six steps: 2 of 8 images, then 4 of 4 while it fades in."""

from __future__ import annotations

from pathlib import Path

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import Logger

from gan_lightning.data.tensor_data import TensorData
from gan_lightning.model.progressive import Critic, Generator
from gan_lightning.objective.growth import GrowthSchedule
from gan_lightning.objective.progan import ProGAN
from gan_lightning.trainer.default import build

ROUNDS = [(0, 0, 1.0), (8, 0, 1.0), (16, 1, 0.0), (20, 1, 0.25), (24, 1, 0.5), (28, 1, 0.75), (32, 1, 1.0)]


def schedule(**changed: object) -> GrowthSchedule:
    """`ROUNDS`."""
    given = {"stable_images": 16, "fade_images": 16, "batch_size": 8, "batch_sizes": {8: 4}}
    return GrowthSchedule(8, **given | changed)  # type: ignore[arg-type]


def pair(size: int = 8, group: int | None = 2) -> tuple[Generator, Critic]:
    """Always with the same first weights."""
    torch.manual_seed(0)
    shape, widths = (1, size, size), {"base_width": 16, "max_width": 4}
    return Generator(shape=shape, latent_dim=3, **widths), Critic(shape=shape, group=group, **widths)


def family(**arguments: object) -> ProGAN:
    """ProGAN of that pair and schedule."""
    return ProGAN(*pair(), **{"schedule": schedule()} | arguments)  # type: ignore[arg-type]


def data(size: int = 8, n: int = 30, num_workers: int = 0) -> TensorData:
    """Noise; 27 images to train on, so that a level begins within an epoch, in batches of 8."""
    noise = torch.randint(0, 256, (n, size, size), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return TensorData(noise, batch_size=8, flip=True, num_workers=num_workers)


def play(
    module: ProGAN,
    steps: int,
    *callbacks: Callback,
    real: TensorData | None = None,
    resume: Path | None = None,
    logger: list[Logger] | None = None,
    **trainer: object,
) -> Trainer:
    """Trains in double precision until so many steps are done."""
    given = {"precision": "64-true", "accelerator": "cpu", "log_every_n_steps": 1, **trainer}
    trained = build(max_steps=steps, callbacks=list(callbacks), logger=logger, **given)  # type: ignore[arg-type]
    trained.fit(module, datamodule=real or data(), ckpt_path=resume)
    return trained
