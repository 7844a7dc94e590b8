"""The sweeps for W&B's agents type commands that work."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

from gan_lightning.metric.registry import direction
from tests.helper.command import checked

FOLDER = Path(__file__).parents[2] / "sweeps"
SWEEPS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yaml"))}
KINDS = {
    "wandb_gp_weight": ("wgan_gp.WGANGP", "gp_weight", (0.1, 1.0, 10.0)),
    "wandb_clip": ("wgan.WGAN", "clip", (0.003, 0.01, 0.03)),
}


def typed(sweep: dict[str, Any], values: dict[str, object]) -> list[str]:
    """What an agent runs, put together by W&B's own functions as its agent does."""
    macros = create_sweep_command_args({"args": {key: {"value": value} for key, value in values.items()}})
    macros |= {"env": ["/usr/bin/env"], "interpreter": ["python"], "program": [sweep["program"]]}
    chunks = create_sweep_command(list(sweep["command"]))
    whole = [macros[c[2:-1]] if c.startswith("${") and c.endswith("}") else [c] for c in chunks]
    return [word for words in whole for word in words]


@pytest.mark.training
@pytest.mark.parametrize("name", SWEEPS)
def test_each_point_of_the_grid_composes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_SWEEP_ID", "abc")
    monkeypatch.setenv("WANDB_RUN_ID", "xyz")
    sweep, (kind, key, tried) = SWEEPS[name], KINDS[name]
    names = list(sweep["parameters"])
    seen = set()
    for values in itertools.product(*(sweep["parameters"][one]["values"] for one in names)):
        env, python, flag, program, *overrides = typed(sweep, dict(zip(names, values, strict=True)))
        assert (env, python, flag, program) == ("/usr/bin/env", "python", "-m", "gan_lightning.train")
        (directory,) = (o for o in overrides if o.startswith("hydra."))
        overrides.remove(directory)
        config = checked(*overrides)
        assert config["objective"]["_target_"] == f"gan_lightning.objective.{kind}"
        assert config["objective"]["n_critic"] == 5
        assert config["logger"]["wandb"]["offline"] is False
        seen.add((config["objective"][key], config["seed"]))
    assert seen == set(itertools.product(tried, (0, 1, 2)))
    place, _, path = directory.partition("=")
    assert place == "hydra.run.dir"
    assert OmegaConf.create({"path": path}).path == "multirun/wandb_abc/xyz"


@pytest.mark.parametrize("name", SWEEPS)
def test_it_asks_for_a_score_that_every_run_logs(name: str) -> None:
    """Early termination reads the history, where `best/SCORE` is not."""
    metric = SWEEPS[name]["metric"]
    assert {"lower": "minimize", "higher": "maximize"}[direction(metric["name"])] == metric["goal"]  # type: ignore[index]
    stop = SWEEPS[name]["early_terminate"]
    scorings = checked()["trainer"]["max_steps"] // checked()["callback"]["score"]["every"]
    assert stop["min_iter"] * stop["eta"] < scorings  # brackets at 3 and 9 scores


def test_no_parameter_is_a_group() -> None:
    """W&B locks its parameters in the run's config: the name of a group would take the place of the group's keys."""
    config = checked()
    names = {name for sweep in SWEEPS.values() for name in sweep["parameters"]}
    assert not any(isinstance(config.get(name), dict) for name in names)
