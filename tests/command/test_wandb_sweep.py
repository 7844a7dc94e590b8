"""The sweep for W&B's agents types a command that works."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

from gan_lightning.metric.registry import direction
from tests.helper.command import checked

FILE = Path(__file__).parents[2] / "sweeps" / "wandb_gp_weight.yaml"
SWEEP = yaml.safe_load(FILE.read_text())


def typed(values: dict[str, object]) -> list[str]:
    """What an agent runs, put together by W&B's own functions as its agent does."""
    macros = create_sweep_command_args({"args": {key: {"value": value} for key, value in values.items()}})
    macros |= {"env": ["/usr/bin/env"], "interpreter": ["python"], "program": [SWEEP["program"]]}
    chunks = create_sweep_command(list(SWEEP["command"]))
    whole = [macros[c[2:-1]] if c.startswith("${") and c.endswith("}") else [c] for c in chunks]
    return [word for words in whole for word in words]


@pytest.mark.training
def test_each_point_of_the_grid_composes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_SWEEP_ID", "abc")
    monkeypatch.setenv("WANDB_RUN_ID", "xyz")
    names = list(SWEEP["parameters"])
    grid = itertools.product(*(SWEEP["parameters"][name]["values"] for name in names))
    seen = set()
    for values in grid:
        env, python, flag, program, *overrides = typed(dict(zip(names, values, strict=True)))
        assert (env, python, flag, program) == ("/usr/bin/env", "python", "-m", "gan_lightning.train")
        (directory,) = (o for o in overrides if o.startswith("hydra."))
        overrides.remove(directory)
        config = checked(*overrides)
        assert config["objective"]["_target_"] == "gan_lightning.objective.wgan_gp.WGANGP"
        assert config["objective"]["n_critic"] == 5
        assert config["logger"]["offline"] is False
        seen.add((config["objective"]["gp_weight"], config["seed"]))
    assert seen == set(itertools.product((0.1, 1.0, 10.0), (0, 1, 2)))
    key, _, path = directory.partition("=")
    assert key == "hydra.run.dir"
    assert OmegaConf.create({"path": path}).path == "multirun/wandb_abc/xyz"


def test_it_asks_for_the_best_of_a_score() -> None:
    score = SWEEP["metric"]["name"].removeprefix("best/")
    assert {"lower": "minimize", "higher": "maximize"}[direction(score)] == SWEEP["metric"]["goal"]  # type: ignore[index]


def test_no_parameter_is_a_group() -> None:
    """W&B locks its parameters in the run's config: the name of a group would take the place of the group's keys."""
    config = checked()
    assert not any(isinstance(config.get(name), dict) for name in SWEEP["parameters"])
