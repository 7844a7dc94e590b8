"""Training of a composed config, with one seed or several at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from lightning.pytorch import Trainer

from gan_lightning.callback.stop_signals import StoppedBySignal
from gan_lightning.config.compose import compose_config
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import instantiate, resolve_and_validate
from gan_lightning.ensemble.scheduler import fit
from gan_lightning.objective.base import AdversarialModule


def compose_train_config(*overrides: str) -> dict[str, Any]:
    """The validated config of `python -m gan_lightning.train` with these overrides.

    Raises:
        UsageError: an override is invalid.
    """
    config = compose_config("train", ["run_dir=unused", "logger=none", *overrides])
    return resolve_and_validate(config, TrainConfig)


def with_objective(recipe: Mapping[str, Any], objective: Mapping[str, Any]) -> dict[str, Any]:
    """The config with another objective, and as many critic and generator updates in total; its rates decay to zero.

    Args:
        recipe: a validated config.
        objective: its config, with a linear decay as schedule.
    """
    steps = max(
        1, recipe["trainer"]["max_steps"] * (1 + recipe["objective"]["n_critic"]) // (1 + objective["n_critic"])
    )
    schedule = {**objective["schedule"], "end_step": steps}
    trainer = {**recipe["trainer"], "max_steps": steps}
    return {**recipe, "objective": {**objective, "schedule": schedule}, "trainer": trainer}


def train_ensemble(config: Mapping[str, Any], seeds: Sequence[int]) -> list[AdversarialModule]:
    """A module for each seed, trained as one ensemble; each equals the one that the command line trains."""
    modules = [initial_module(config, seed) for seed in seeds]
    with _interruptible():
        fit([_trainer(config) for _ in seeds], modules, [instantiate(config["data"]) for _ in seeds])
    return modules


def train_one(config: Mapping[str, Any], seed: int) -> AdversarialModule:
    """The module that the command line trains, without its files; for objectives that no ensemble has."""
    module, data = initial_module(config, seed), instantiate(config["data"])
    with _interruptible():
        _trainer(config).fit(module, datamodule=data)
    return module


def initial_module(config: Mapping[str, Any], seed: int) -> AdversarialModule:
    """The module that is trained with this seed, before training."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = {name: instantiate(config["model"][name]) for name in ("generator", "critic")}
        module: AdversarialModule = instantiate(config["objective"] | {"seed": seed}, **networks)
    return module


def _trainer(config: Mapping[str, Any]) -> Trainer:
    trainer: Trainer = instantiate(config["trainer"] | {"accelerator": "cpu", "log_every_n_steps": 10**6})
    return trainer


@contextmanager
def _interruptible() -> Iterator[None]:
    """Training draws from a global rng of its own, and a signal that stops it ends the study."""
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    except StoppedBySignal:
        raise KeyboardInterrupt from None
