"""The games that benchmarks play: as the command composes them, whole or step by step."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from itertools import count
from typing import Any

from hydra import compose, initialize_config_dir
from lightning.pytorch import Callback, seed_everything

from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import CONFIG_DIR, instantiate, resolve_and_validate
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.stream import StepStream
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.trainer.default import build as trainer


def composed(*overrides: str) -> tuple[AdversarialModule, AdversarialDataModule]:
    """A game and its data, as `python -m gan_lightning.train` makes them of these overrides."""
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        config = resolve_and_validate(compose("train", ["run_dir=unused", *overrides]), TrainConfig)
    seed_everything(config["seed"], workers=True, verbose=False)
    data: AdversarialDataModule = instantiate(config["data"])
    networks = {player: instantiate(config["model"][player]) for player in ("generator", "critic")}
    module: AdversarialModule = instantiate(config["objective"], **networks)
    return module, data


def fit(
    module: AdversarialModule, data: AdversarialDataModule, steps: int, *callbacks: Callback, **options: Any
) -> None:
    """Plays so many steps on the CPU, in silence; options are the trainer's."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        trained = trainer(max_steps=steps, accelerator="cpu", callbacks=list(callbacks), **options)
        trained.fit(module, datamodule=data)


def steps(module: AdversarialModule, data: AdversarialDataModule, at_once: int = 1) -> Callable[[], None]:
    """What plays the next so many steps at each call, data included, without Lightning's loop around them."""
    fit(module, data, 1)
    stream = StepStream(
        data.train,
        batches_per_step=module.n_critic,
        batch_size=data.batch_size,
        seed=module.seed,
        labelled=module.labelled,
    )
    numbers = count(module.global_step)

    def play() -> None:
        for _ in range(at_once):
            index = next(numbers)
            module.training_step(stream.step_batch(index), index)
            module.monitor.check()

    return play
