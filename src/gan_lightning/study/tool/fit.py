"""Training of whole GANs in a study, with a plain Lightning Trainer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from lightning.pytorch import Callback, Trainer

from gan_lightning.core.rng import derive_seed
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.objective.base import AdversarialModule

T = TypeVar("T")


def seeded_init(seed: int, make: Callable[[], T]) -> T:
    """The result of `make` under a seeded global RNG, which is restored afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "study", "weights"))
        return make()


def train(module: AdversarialModule, data: AdversarialDataModule, steps: int, *callbacks: Callback) -> None:
    """Trains on the CPU without writing files; the global RNG is restored afterwards."""
    trainer = Trainer(
        max_steps=steps,
        max_epochs=-1,
        accelerator="cpu",
        devices=1,
        callbacks=list(callbacks),
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        limit_val_batches=0,
        num_sanity_val_steps=0,
    )
    try:
        with torch.random.fork_rng(devices=[]):
            trainer.fit(module, datamodule=data)
    except SystemExit:  # raised by Lightning on Ctrl-C
        raise KeyboardInterrupt from None
