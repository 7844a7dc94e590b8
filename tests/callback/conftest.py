"""A trainer for the tiny module."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import Checkpoint, ProgressBar
from lightning.pytorch.loggers import Logger

from tests.helper.tiny_module import TinyData, TinyGame

Play = Callable[..., tuple[Trainer, TinyGame]]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Trains for `steps` steps with the given callbacks and loggers, by default in `tmp_path`."""

    def run(
        *callbacks: Callback,
        steps: int = 6,
        logger: list[Logger] | None = None,
        shape: tuple[int, ...] = (1, 8, 8),
        game: TinyGame | None = None,
        loader: Iterable[Any] | None = None,
        directory: Path = tmp_path,
        ckpt_path: Path | None = None,
        log_every: int = 2,
        validate_every: int | None = None,
    ) -> tuple[Trainer, TinyGame]:
        game = game or TinyGame(shape)
        trainer = Trainer(
            accelerator="cpu",
            max_steps=steps,
            max_epochs=-1,
            default_root_dir=directory,
            callbacks=list(callbacks),
            logger=logger or False,
            enable_checkpointing=any(isinstance(c, Checkpoint) for c in callbacks),
            enable_progress_bar=any(isinstance(c, ProgressBar) for c in callbacks),
            enable_model_summary=False,
            log_every_n_steps=log_every,
            num_sanity_val_steps=0,
            check_val_every_n_epoch=None,
            val_check_interval=validate_every,
            limit_val_batches=1.0 if validate_every else 0,
        )
        data = {"train_dataloaders": loader} if loader is not None else {"datamodule": TinyData(shape)}
        trainer.fit(game, **data, ckpt_path=ckpt_path)
        return trainer, game

    return run
