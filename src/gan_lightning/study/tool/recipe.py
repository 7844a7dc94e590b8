"""Training of a composed config with several seeds at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

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
    modules = []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            networks = {name: instantiate(config["model"][name]) for name in ("generator", "critic")}
            modules.append(instantiate(config["objective"] | {"seed": seed}, **networks))
        trainers = [instantiate(config["trainer"] | {"accelerator": "cpu", "log_every_n_steps": 10**6}) for _ in seeds]
        try:
            fit(trainers, modules, [instantiate(config["data"]) for _ in seeds])
        except StoppedBySignal:
            raise KeyboardInterrupt from None
    return modules
