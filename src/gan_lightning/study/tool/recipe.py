"""Recipes of the command line that studies play, many seeds as one."""

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
    """What `python -m gan_lightning.train` makes of a command line, checked.

    Raises:
        UsageError: it means nothing.
    """
    config = compose_config("train", ["run_dir=unused", "logger=none", *overrides])
    return resolve_and_validate(config, TrainConfig)


def with_objective(recipe: Mapping[str, Any], objective: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe with another objective, for as many turns of either player; its rates fall to zero by the last.

    Args:
        recipe: a checked config.
        objective: likewise, with a linear decay for its schedule.
    """
    steps = max(
        1, recipe["trainer"]["max_steps"] * (1 + recipe["objective"]["n_critic"]) // (1 + objective["n_critic"])
    )
    schedule = {**objective["schedule"], "end_step": steps}
    trainer = {**recipe["trainer"], "max_steps": steps}
    return {**recipe, "objective": {**objective, "schedule": schedule}, "trainer": trainer}


def train_ensemble(config: Mapping[str, Any], seeds: Sequence[int]) -> list[AdversarialModule]:
    """The games of these seeds, trained as one ensemble; each is what the command line trains."""
    games = []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            networks = {name: instantiate(config["model"][name]) for name in ("generator", "critic")}
            games.append(instantiate(config["objective"] | {"seed": seed}, **networks))
        trainers = [instantiate(config["trainer"] | {"accelerator": "cpu", "log_every_n_steps": 10**6}) for _ in seeds]
        try:
            fit(trainers, games, [instantiate(config["data"]) for _ in seeds])
        except StoppedBySignal:
            raise KeyboardInterrupt from None
    return games
