"""Commands to try after a run, that follow from it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig

from gan_lightning.config.typed_overrides import typed_overrides
from gan_lightning.core.errors import UsageError
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.run.directory import CONFIG, LAST
from gan_lightning.run.stored_config import read_stored_config

# Keys of objectives whose value is worth a sweep, with factors of the run's own value.
_SWEPT = {"gp_weight": (0.1, 1, 10), "clip": (0.1, 1, 10)}


def next_commands(run: Path, *, scored: bool) -> list[str]:
    """Commands that go on from a finished run: samples, scores, more steps, a sweep beside it.

    Args:
        run: its directory.
        scored: True if it has a metric.
    """
    place = shlex.quote(relative_to_cwd(run))
    commands = []
    if (run / LAST).is_file():
        commands.append(f"python -m gan_lightning.sample run={place}")
        if scored:
            commands.append(f"python -m gan_lightning.evaluate run={place}")
    config = _config(run)
    steps = config.get("trainer", {}).get("max_steps")
    if commands and isinstance(steps, int):
        commands.append(f"python -m gan_lightning.train run={place} trainer.max_steps={2 * steps}")
    if HydraConfig.initialized() and HydraConfig.get().job.config_name == "train":
        typed = [shlex.quote(override) for override in typed_overrides()]
        sweep = _sweep(config)
        kept = _without(typed, {sweep.partition("=")[0], "run_dir"})
        commands.append(" ".join(["python -m gan_lightning.train -m", *kept, sweep]))
    return commands


def _config(run: Path) -> dict[str, Any]:
    try:
        return read_stored_config(run / CONFIG)
    except UsageError:
        return {}


def _sweep(config: dict[str, Any]) -> str:
    objective = config.get("objective") or {}
    for key, factors in _SWEPT.items():
        if isinstance(value := objective.get(key), int | float):
            return f"objective.{key}={','.join(f'{value * factor:g}' for factor in factors)}"
    return "seed=1,2,3"


def _without(typed: list[str], keys: set[str]) -> list[str]:
    return [override for override in typed if override.strip("'").lstrip("+").partition("=")[0] not in keys]
