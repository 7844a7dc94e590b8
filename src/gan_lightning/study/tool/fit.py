"""Games that studies play, by the package's own steps."""

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
    """What `make` makes with weights that follow from the seed; torch's own generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "study", "weights"))
        return make()


def train(module: AdversarialModule, data: AdversarialDataModule, steps: int, *watching: Callback) -> None:
    """Plays so many steps on the CPU and writes nothing; torch's own generator is left as it was."""
    trainer = Trainer(
        max_steps=steps,
        max_epochs=-1,
        accelerator="cpu",
        devices=1,
        callbacks=list(watching),
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
    except SystemExit:  # how Lightning answers Ctrl-C
        raise KeyboardInterrupt from None
