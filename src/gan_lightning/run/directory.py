"""The run directory: lock, config, result, and the checkpoint to resume from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.console import is_rank_zero, print_rank_zero
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.given_path import given_path
from gan_lightning.core.json_file import read_object
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.run.claim import claim
from gan_lightning.run.remove_empty import remove_if_empty
from gan_lightning.run.signature import sign
from gan_lightning.run.stored_config import leaves, read_stored_config

CONFIG, METRICS, RESULT = "config.yaml", "metrics.csv", "result.json"
LAST, PREVIOUS = "checkpoints/last.ckpt", "checkpoints/previous.ckpt"

# Keys that may differ when a run is resumed: paths, callbacks, loggers, length, devices.
MAY_CHANGE_ON_RESUME = {"run_dir", "resume", "version", "optimized_metric", "trainer", "metric", "callback", "logger"}
MAY_CHANGE_ON_RESUME |= {"start", "start_strict"}  # of the first step
MAY_CHANGE_ON_RESUME |= {"objective.on_nan", "objective.micro_batch_statistics"}
SCHEDULE_ENDS = {"objective.schedule.end_step", "objective.penalty_schedule.end_step"}  # of a run whose length changes
DATA_PATHS = {"root", "path", "cache", "labels"}
MAY_CHANGE_ON_RESUME |= {
    f"data.{key}" for key in (*DATA_PATHS, "num_workers", "in_memory_mb", "class_names", "bits", "device")
}


@contextmanager
def lock_run_dir(directory: str) -> Iterator[None]:
    """Locks the directory against other processes inside the `with`; a new run that is refused is removed.

    Raises:
        UsageError: another process holds the lock.
    """
    path = Path(directory)
    if not is_rank_zero():
        yield
        return
    try:
        with claim(path, "is training", "hydra.run.dir"):
            existed = (path / CONFIG).exists()
            try:
                yield
            except UsageError:
                if not existed and not any((path / name).exists() for name in (METRICS, LAST)):
                    (path / CONFIG).unlink(missing_ok=True)
                raise
    finally:
        remove_if_empty(directory)


def start_run(directory: str, config: dict[str, Any], resume: str | None = None) -> tuple[str, int] | None:
    """Writes the resolved config to the run directory and finds the checkpoint to resume from.

    Args:
        directory: the run directory.
        config: resolved.
        resume: a checkpoint file, or the directory of a run; auto is this directory's newest valid checkpoint, if it
            has any; None starts a new run.

    Returns:
        The checkpoint to resume from, and its step.

    Raises:
        UsageError: the directory holds another run, or no valid checkpoint; the checkpoint is of the last step.
    """
    path = Path(directory)
    if is_rank_zero() and any((path / name).exists() for name in (METRICS, RESULT, LAST)):
        if resume is None:
            raise UsageError(
                f"{directory} holds a run already: go on with it (run={directory}), choose another directory "
                "(hydra.run.dir=...), or remove it"
            )
        _check_same_config(path, config)
    max_steps = config["trainer"].get("max_steps", -1)
    checkpoint = _checkpoint_to_resume(path, resume, max_steps) if resume else None
    if is_rank_zero():
        (path / RESULT).unlink(missing_ok=True)
        write_text(path / CONFIG, sign(OmegaConf.to_yaml(OmegaConf.create(_with_absolute_paths(config)))))
    return checkpoint


def _with_absolute_paths(config: dict[str, Any]) -> dict[str, Any]:
    """The config with files and folders named so that they are found from any working directory."""
    data = {key: _absolute(value) if key in DATA_PATHS else value for key, value in config["data"].items()}
    return config | {"data": data, "start": _absolute(config.get("start"))}


def _absolute(value: Any) -> Any:
    if isinstance(value, str) and value and (file := Path(value).expanduser()).exists():
        return str(file.absolute())
    return value


def finish_run(
    directory: str,
    steps: int,
    metrics: Mapping[str, float],
    optimized_metric: str | None,
    better: Mapping[str, str] | None = None,
) -> None:
    """Writes the result of a run that reached its last step.

    Args:
        directory: the run directory.
        steps: completed.
        metrics: the last value of each column.
        optimized_metric: column whose value the sweeper takes.
        better: "lower" or "higher" of scores that only the run's own metric knows.

    Raises:
        UsageError: there is no such column.
    """
    if not is_rank_zero():
        return
    if optimized_metric is not None and optimized_metric not in metrics:
        raise UsageError(
            f"optimized_metric={optimized_metric} is not a column of {directory}/{METRICS}: "
            f"{did_you_mean(optimized_metric, metrics)}"
        )
    content = {
        "steps": steps,
        "optimized_metric": metrics[optimized_metric] if optimized_metric else None,
        "metrics": dict(metrics),
        **({"better": dict(better)} if better else {}),
    }
    write_text(Path(directory) / RESULT, json.dumps(content, indent=2) + "\n")


def result(directory: str | Path) -> dict[str, Any] | None:
    """The result that `finish_run` wrote; None if the run is not finished, or, after a line, the file is damaged."""
    file = Path(directory) / RESULT
    if not file.is_file():
        return None
    found = read_object(file) or {}
    try:
        return {"steps": int(found["steps"]), "metrics": dict(found["metrics"])}
    except (ValueError, TypeError, KeyError):
        print_rank_zero(f"warning: {relative_to_cwd(file)} is damaged: it is made anew when the run ends")
        return None


def is_finished(config: Mapping[str, Any]) -> bool:
    """True, after a message, if the directory holds a finished run of this config.

    Raises:
        UsageError: it holds a run of another config.
    """
    path, done = Path(config["run_dir"]), result(config["run_dir"])
    if config.get("resume") != "auto" or done is None or not (path / CONFIG).is_file():
        return False
    if done["steps"] < config["trainer"]["max_steps"]:
        return False
    if is_rank_zero():
        _check_same_config(path, config)
        _say_finished(path, done["steps"])
    return True


def _say_finished(path: Path, steps: int) -> None:
    print_rank_zero(f"{relative_to_cwd(path)} has its {steps:,} steps already; more with trainer.max_steps=...")


def _checkpoint_to_resume(path: Path, resume: str, max_steps: int) -> tuple[str, int] | None:
    if resume == "auto":
        if (newest := newest_valid_checkpoint(path)) is None:
            return None
        if 0 <= max_steps <= newest[1]:
            _say_finished(path, newest[1])
        return newest
    file = given_path(resume, "resume")
    if file.is_dir():
        found = newest_valid_checkpoint(file.parent if (file.parent / LAST).parent == file else file)
        if found is None:
            raise UsageError(
                f"resume={resume} holds no checkpoint: give a run's directory, or a file such as RUN/{LAST}"
            )
        file, step = Path(found[0]), found[1]
    else:
        step = _verified_step(file)
    if 0 <= max_steps <= step:
        raise UsageError(
            f"{file} is of step {step:,} already, and trainer.max_steps={max_steps} is the last step to be trained: "
            f"type trainer.max_steps={step + max_steps} for {max_steps:,} steps more"
        )
    return str(file), step


def newest_valid_checkpoint(path: Path) -> tuple[str, int] | None:
    """The run's last valid checkpoint, and its step; None if it has none.

    Raises:
        UsageError: all its checkpoints are damaged.
    """
    damages = []
    for file in (path / LAST, path / PREVIOUS):
        if not file.exists():
            continue
        try:
            step = _verified_step(file)
        except UsageError as damage:
            damages.append(str(damage))
            continue
        if damages:
            print_rank_zero(f"warning: {damages[0]}; going on from {file.name}, step {step:,}")
        return str(file), step
    if damages:
        raise UsageError(f"{'; '.join(damages)}: no checkpoint is left to go on from; remove {path} to begin anew")
    return None


def _verified_step(checkpoint: str | Path) -> int:
    from gan_lightning.run.checkpoint_io import checkpoint_step  # loads torch

    return checkpoint_step(checkpoint)


def _check_same_config(path: Path, config: Mapping[str, Any]) -> None:
    if not (path / CONFIG).exists():
        return
    try:
        before = dict(leaves(read_stored_config(path / CONFIG), into_lists=False))
    except UsageError as error:
        raise UsageError(f"{error}: remove that file to go on with the config that is typed") from error
    as_stored = OmegaConf.to_container(OmegaConf.create(OmegaConf.to_yaml(OmegaConf.create(dict(config)))))
    now = dict(leaves(as_stored, into_lists=False))
    for key in [*before, *(key for key in now if key not in before)]:
        allowed = any(key == free or key.startswith(f"{free}.") for free in MAY_CHANGE_ON_RESUME)
        allowed |= key in SCHEDULE_ENDS and None not in (before.get(key), now.get(key))
        if before.get(key) != now.get(key) and not allowed:
            raise UsageError(
                f"{relative_to_cwd(path)} was begun with {key}={before.get(key)}, not {now.get(key)}: go on with its "
                f"own config (run={relative_to_cwd(path)}), or choose another directory (hydra.run.dir=...)"
            )
