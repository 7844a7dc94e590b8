"""The run directory: lock, config, result, and the checkpoint to resume from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.console import is_rank_zero, print_rank_zero
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.run.signature import sign
from gan_lightning.run.stored_config import read_stored_config

CONFIG, METRICS, RESULT = "config.yaml", "metrics.csv", "result.json"

# Keys that may differ when a run is resumed: paths, callbacks, loggers, length, devices.
MAY_CHANGE_ON_RESUME = {"run_dir", "resume", "version", "optimized_metric", "trainer", "metric", "callback", "logger"}
MAY_CHANGE_ON_RESUME |= {"objective.on_nan", "objective.micro_batch_statistics"}
MAY_CHANGE_ON_RESUME |= {
    f"data.{key}" for key in ("root", "path", "cache", "num_workers", "in_memory_mb", "class_names")
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
    path.mkdir(parents=True, exist_ok=True)
    with _lock(path):
        existed = (path / CONFIG).exists()
        try:
            yield
        except UsageError:
            if not existed and not (path / METRICS).exists():
                (path / CONFIG).unlink(missing_ok=True)
            raise
        finally:
            remove_if_empty(directory)


def start_run(directory: str, config: dict[str, Any], resume: str | None = None) -> str | None:
    """Writes the resolved config to the run directory and finds the checkpoint to resume from.

    Args:
        directory: the run directory.
        config: resolved.
        resume: a checkpoint file; auto is the directory's newest valid one, if it has any; None starts a new run.

    Returns:
        The checkpoint to resume from.

    Raises:
        UsageError: the directory holds another run, or no valid checkpoint.
    """
    path = Path(directory)
    if is_rank_zero() and (path / METRICS).exists():
        if resume is None:
            raise UsageError(
                f"{directory} holds a run already: go on with it (run={directory}), choose another directory "
                "(hydra.run.dir=...), or remove it"
            )
        _check_same_config(path, config)
    checkpoint = newest_valid_checkpoint(path) if resume == "auto" else resume
    if checkpoint is not None and resume != "auto":
        _verified_step(checkpoint)
    if is_rank_zero():
        (path / RESULT).unlink(missing_ok=True)
        write_text(path / CONFIG, sign(OmegaConf.to_yaml(OmegaConf.create(config))))
    return checkpoint


def finish_run(directory: str, steps: int, metrics: Mapping[str, float], optimized_metric: str | None) -> None:
    """Writes the result of a run that reached its last step.

    Args:
        directory: the run directory.
        steps: completed.
        metrics: the last value of each column.
        optimized_metric: column whose value the sweeper takes.

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
    result = {
        "steps": steps,
        "optimized_metric": metrics[optimized_metric] if optimized_metric else None,
        "metrics": dict(metrics),
    }
    write_text(Path(directory) / RESULT, json.dumps(result, indent=2) + "\n")


def result(directory: str | Path) -> dict[str, Any] | None:
    """The result that `finish_run` wrote; None if the run is not finished."""
    file = Path(directory) / RESULT
    return json.loads(file.read_text()) if file.exists() else None


def is_finished(config: Mapping[str, Any]) -> bool:
    """True, after a message, if the directory holds a finished run of this config.

    Raises:
        UsageError: it holds a run of another config.
    """
    path, done = Path(config["run_dir"]), result(config["run_dir"])
    if config.get("resume") != "auto" or done is None or done["steps"] < config["trainer"]["max_steps"]:
        return False
    if is_rank_zero():
        _check_same_config(path, config)
        print_rank_zero(
            f"{relative_to_cwd(path)} has its {done['steps']:,} steps already; more with trainer.max_steps=..."
        )
    return True


def remove_if_empty(directory: str) -> None:
    """Removes the directory if it is empty; `runs/` or `multirun/` as well."""
    path = Path(directory).resolve()
    with suppress(OSError):
        path.rmdir()
        if path.parent in (Path.cwd() / "runs", Path.cwd() / "multirun"):
            path.parent.rmdir()


def newest_valid_checkpoint(path: Path) -> str | None:
    """The run's last valid checkpoint; None if it has none.

    Raises:
        UsageError: all its checkpoints are damaged.
    """
    damages = []
    for file in (path / "checkpoints" / "last.ckpt", path / "checkpoints" / "previous.ckpt"):
        if not file.exists():
            continue
        try:
            step = _verified_step(file)
        except UsageError as damage:
            damages.append(str(damage))
            continue
        if damages:
            print_rank_zero(f"warning: {damages[0]}; going on from {file.name}, step {step:,}")
        return str(file)
    if damages:
        raise UsageError(f"{'; '.join(damages)}: no checkpoint is left to go on from; remove {path} to begin anew")
    return None


def _verified_step(checkpoint: str | Path) -> int:
    from gan_lightning.run.checkpoint_io import checkpoint_step  # loads torch

    return checkpoint_step(checkpoint)


def _check_same_config(path: Path, config: Mapping[str, Any]) -> None:
    if not (path / CONFIG).exists():
        return
    before = flatten_config(read_stored_config(path / CONFIG))
    now = flatten_config(OmegaConf.create(OmegaConf.to_yaml(OmegaConf.create(dict(config)))))
    for key in [*before, *(key for key in now if key not in before)]:
        allowed = any(key == free or key.startswith(f"{free}.") for free in MAY_CHANGE_ON_RESUME)
        if before.get(key) != now.get(key) and not allowed:
            raise UsageError(
                f"{relative_to_cwd(path)} was begun with {key}={before.get(key)}, not {now.get(key)}: go on with its "
                f"own config (run={relative_to_cwd(path)}), or choose another directory (hydra.run.dir=...)"
            )


def flatten_config(node: Any, prefix: str = "") -> dict[str, Any]:
    """Dotted key → value of all leaves of a config; lists are leaves."""
    plain = OmegaConf.to_container(node) if OmegaConf.is_config(node) else node
    if not isinstance(plain, dict) or not plain:
        return {prefix: plain}
    subtrees = [flatten_config(inner, ".".join(filter(None, (prefix, str(key))))) for key, inner in plain.items()]
    return {name: value for subtree in subtrees for name, value in subtree.items()}


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    _locks.add(handle)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"another process is training in {relative_to_cwd(path)}: wait for it, or choose another directory "
                "(hydra.run.dir=...)"
            ) from error
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        _locks.discard(handle)
        os.close(handle)


_locks: set[int] = set()


def _close_locks() -> None:
    # A forked DataLoader worker outlives a killed run by seconds, and must not hold its lock.
    for handle in _locks:
        os.close(handle)
    _locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_locks)
