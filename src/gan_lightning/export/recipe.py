"""`recipe.yaml`: the run's whole config, for training again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from gan_lightning.core.atomic_file import write_text
from gan_lightning.run.directory import CONFIG
from gan_lightning.run.stored_config import read_stored_config

RECIPE = "recipe.yaml"
_PATHS = ("root", "path", "labels")  # keys of data that name somebody's folders
COMMAND = "python -m gan_lightning.train --config-path=$PWD --config-name=recipe hydra/job_logging=none"


def write_recipe(run: Path, folder: Path) -> tuple[Path, str] | None:
    """Writes `recipe.yaml`, without paths of the machine that trained.

    Returns:
        The file, and the command that trains by it, typed in its folder; None for a run without a config.
    """
    if not (run / CONFIG).is_file():
        return None
    config = read_stored_config(run / CONFIG)
    if isinstance(config.get("run_dir"), str):
        config = _replaced(config, config["run_dir"])
    config["run_dir"] = "${hydra:runtime.output_dir}"
    config["resume"] = None
    data = config.get("data") or {}
    given = []
    if config.get("start") is not None:
        config["start"] = "???"
        given.append("start=RUN")
    for key in _PATHS:
        if data.get(key) is not None:
            data[key] = "???"
            given.append(f"data.{key}=DIR")
    if data.get("cache") is not None:
        data["cache"] = None
    write_text(folder / RECIPE, OmegaConf.to_yaml(OmegaConf.create(config)))
    return folder / RECIPE, " ".join([COMMAND, "hydra.run.dir=runs/again", *given])


def _replaced(value: Any, run_dir: str) -> Any:
    """The value with `${run_dir}` for the run's directory in all its texts."""
    if isinstance(value, dict):
        return {key: _replaced(inner, run_dir) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, run_dir) for inner in value]
    if isinstance(value, str) and (value == run_dir or value.startswith(f"{run_dir}/")):
        return f"${{run_dir}}{value.removeprefix(run_dir)}"
    return value
