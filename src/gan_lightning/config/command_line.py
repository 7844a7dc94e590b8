"""Command lines, rewritten before Hydra reads them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig

from gan_lightning.config.auto_experiment import choose_recipe
from gan_lightning.config.changed_length import stretched_schedules
from gan_lightning.config.job_config import ARGUMENT, read_job_config
from gan_lightning.config.path_keys import quote
from gan_lightning.config.stored import load_stored_config, move_to
from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.distributed.environment import external_world_size
from gan_lightning.run.directory import CONFIG

_GROUPS = {p.name for p in CONFIG_DIR.iterdir() if p.is_dir()}
_STORED = "stored_run"
_NO_GROUPS = Path(__file__).parent  # searched in place of conf/, so that `~logger` is a key and no choice of an option


def preprocess_argv(arguments: list[str]) -> list[str]:
    """The arguments for Hydra.

    `run=DIR` becomes that run's own config in place of the composed one, in its directory, from its last checkpoint;
    `experiment=auto` becomes what it chooses.

    Args:
        arguments: as typed, without the program.

    Raises:
        UsageError: DIR holds no run that can go on, or processes started by torchrun or srun have no common directory.
    """
    jobs = [a.removeprefix(f"{ARGUMENT}=") for a in arguments if a.startswith(f"{ARGUMENT}=")]
    if jobs:
        config = read_job_config(Path(jobs[0]))
        rest = [a for a in arguments if not a.startswith(f"{ARGUMENT}=")]  # Lightning's, of further ranks
        return [*_composed(config, Path(config.run_dir)), *rest]
    runs = [a.removeprefix("run=") for a in arguments if a.startswith("run=")]
    rest = [a for a in arguments if not a.startswith("run=")]
    if "SLURM_STEP_ID" not in os.environ:  # Lightning takes a job's number of tasks as a sign that srun is at work
        for name in ("SLURM_NTASKS", "SLURM_NTASKS_PER_NODE"):
            os.environ.pop(name, None)
    if runs:
        chosen = [a for a in rest if a.partition("=")[0].partition("@")[0] in _GROUPS]
        if chosen:
            raise UsageError(
                f"run= goes on with that run's own parts, {chosen[0]} can't be chosen; single keys can be set, such as "
                "trainer.max_steps=..."
            )
        if {"-m", "--multirun"} & set(rest):
            raise UsageError("run= goes on with one run: leave -m out, and type the command once for each")
        directory = given_path(runs[-1], "run")
        return [*resume_arguments(directory, rest), *stretched_schedules(directory / CONFIG, rest), *rest]
    if external_world_size() > 1 and not any(a.startswith("hydra.run.dir=") for a in rest):
        raise UsageError(
            "several processes were started from outside (torchrun, srun): name one directory for all of them "
            "(hydra.run.dir=runs/NAME)"
        )
    return choose_recipe(rest)


def resume_arguments(directory: Path, typed: Sequence[str] = ()) -> list[str]:
    """Hydra's arguments for going on with the run in a directory.

    The run's config takes the place of conf/train.yaml as plain data: Hydra reads no file of the directory.

    Args:
        directory: of the run.
        typed: overrides; where they name a place to write to, that of the run's config does not count.

    Raises:
        UsageError: it holds no run, or a config that is damaged or names foreign code.
    """
    if not (directory / CONFIG).is_file():
        near = sorted(p.parent for p in directory.parent.glob(f"*/{CONFIG}"))
        hint = f"the newest beside it is {near[-1]}" if near else f"it has no {CONFIG}"
        raise UsageError(f"run={directory} holds no run: {hint}")
    stored = load_stored_config(directory / CONFIG)
    keys = {override.lstrip("+").partition("=")[0] for override in typed}
    return [*_composed(move_to(directory.resolve(), stored, keys), directory.resolve()), "resume=auto"]


def _composed(config: dict[str, Any] | DictConfig, directory: Path) -> list[str]:
    """Hydra's arguments for a config that is composed already, of a run in this directory."""
    ConfigStore.instance().store(name=_STORED, node=config)
    options = [f"--config-path={_NO_GROUPS}", f"--config-name={_STORED}", "hydra/job_logging=none"]
    return [*options, f"hydra.run.dir={quote(directory)}", "hydra.output_subdir=null"]
