"""Games for studies to play: from a command line, many seeds as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from gan_lightning.ensemble.together import fit
from gan_lightning.objective.adversarial import AdversarialModule
from gan_lightning.runtime.config import CONF, build, plain
from gan_lightning.train import train


def composed(*overrides: str) -> dict[str, Any]:
    """What `python -m gan_lightning.train` makes of a command line, checked."""
    under_hydra = GlobalHydra.instance().is_initialized()  # which then knows where configs are
    with nullcontext() if under_hydra else initialize_config_dir(str(CONF), version_base="1.3"):
        return plain(compose("train", ["run_dir=unused", "logger=none", *overrides]), train)


def instead(recipe: Mapping[str, Any], objective: Sequence[str]) -> dict[str, Any]:
    """The recipe with another objective, for as many turns of either player; its rate falls to zero by the last.

    Args:
        recipe: a checked config.
        objective: what a command line says of the other one.
    """
    turns = recipe["trainer"]["max_steps"] * (1 + recipe["objective"]["n_critic"])
    given = ["model=mlp", "data=ring8", "schedule@objective.schedule=linear_decay", *objective]
    rounds = max(1, turns // (1 + composed(*given)["objective"]["n_critic"]))
    other = composed(*given, f"trainer.max_steps={rounds}")["objective"]
    return {**recipe, "objective": other, "trainer": {**recipe["trainer"], "max_steps": rounds}}


def fitted(config: Mapping[str, Any], seeds: Sequence[int]) -> list[AdversarialModule]:
    """The games of these seeds, trained as one ensemble."""
    games = []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            networks = {name: build(config["model"][name]) for name in ("generator", "critic")}
            games.append(build(config["objective"] | {"seed": seed}, **networks))
        trainers = [build(config["trainer"] | {"accelerator": "cpu", "log_every_n_steps": 10**6}) for _ in seeds]
        fit(trainers, games, [build(config["data"]) for _ in seeds])
    return games
