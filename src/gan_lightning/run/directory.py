"""The run directory: one run's at a time, left as it was by a run that is refused."""

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

CONFIG, FIGURES, RESULT = "config.yaml", "metrics.csv", "result.json"

# What may differ when a run goes on: where things are, who watches, how long and on what it is computed.
MAY_CHANGE_ON_RESUME = {"run_dir", "resume", "version", "optimized_metric", "trainer", "metric", "callback", "logger"}
MAY_CHANGE_ON_RESUME |= {"objective.on_nan"}
MAY_CHANGE_ON_RESUME |= {f"data.{key}" for key in ("root", "path", "cache", "num_workers", "in_memory_mb")}


@contextmanager
def lock_run_dir(directory: str) -> Iterator[None]:
    """Nobody else trains in the directory inside the `with`; a refused run leaves nothing of its own there.

    Raises:
        UsageError: somebody else does.
    """
    path = Path(directory)
    if not is_rank_zero():
        yield
        return
    path.mkdir(parents=True, exist_ok=True)
    with _lock(path):
        began_before = (path / CONFIG).exists()
        try:
            yield
        except UsageError:
            if not began_before and not (path / FIGURES).exists():
                (path / CONFIG).unlink(missing_ok=True)
            raise
        finally:
            remove_if_empty(directory)


def start_run(directory: str, config: dict[str, Any], resume: str | None = None) -> str | None:
    """Leaves the resolved config in the run directory.

    Args:
        directory: the run's.
        config: resolved.
        resume: a checkpoint; auto is the directory's own, if it has one; None begins anew.

    Returns:
        The checkpoint to go on from.

    Raises:
        UsageError: another run is in there, or no checkpoint is whole.
    """
    path = Path(directory)
    if is_rank_zero() and (path / FIGURES).exists():
        if resume is None:
            raise UsageError(
                f"{directory} holds a run already: go on with it (run={directory}), choose another directory "
                "(hydra.run.dir=...), or remove it"
            )
        _refuse_another(path, config)
    checkpoint = newest_valid_checkpoint(path) if resume == "auto" else resume
    if checkpoint is not None:
        _step_of(checkpoint)
    if is_rank_zero():
        (path / RESULT).unlink(missing_ok=True)
        OmegaConf.save(OmegaConf.create(config), path / CONFIG)
    return checkpoint


def finish_run(directory: str, steps: int, figures: Mapping[str, float], optimized_metric: str | None) -> None:
    """Leaves the result of a run that reached its last step.

    Args:
        directory: the run's.
        steps: done.
        figures: the last of each.
        optimized_metric: the figure that a sweeper asked for.

    Raises:
        UsageError: there is no such figure.
    """
    if not is_rank_zero():
        return
    if optimized_metric is not None and optimized_metric not in figures:
        raise UsageError(
            f"optimized_metric={optimized_metric} is not a figure of {directory}/{FIGURES}: "
            f"{did_you_mean(optimized_metric, figures)}"
        )
    result = {
        "steps": steps,
        "optimized_metric": figures[optimized_metric] if optimized_metric else None,
        "figures": dict(figures),
    }
    write_text(Path(directory) / RESULT, json.dumps(result, indent=2) + "\n")


def result(directory: str | Path) -> dict[str, Any] | None:
    """What `end` left there."""
    file = Path(directory) / RESULT
    return json.loads(file.read_text()) if file.exists() else None


def is_finished(config: Mapping[str, Any]) -> bool:
    """Whether a run of this config is in its directory, all its steps done; says so.

    Raises:
        UsageError: another run is in there.
    """
    path, done = Path(config["run_dir"]), result(config["run_dir"])
    if config.get("resume") != "auto" or done is None or done["steps"] < config["trainer"]["max_steps"]:
        return False
    if is_rank_zero():
        _refuse_another(path, config)
        print_rank_zero(
            f"{relative_to_cwd(path)} has its {done['steps']:,} steps already; more with trainer.max_steps=..."
        )
    return True


def remove_if_empty(directory: str) -> None:
    """Removes the directory if nothing is in it."""
    path = Path(directory).resolve()
    with suppress(OSError):
        path.rmdir()
        if path.parent == Path.cwd() / "runs":
            path.parent.rmdir()


def newest_valid_checkpoint(path: Path) -> str | None:
    """Raises: UsageError, if there are checkpoints but none is whole."""
    damages = []
    for file in (path / "checkpoints" / "last.ckpt", path / "checkpoints" / "previous.ckpt"):
        if not file.exists():
            continue
        try:
            step = _step_of(file)
        except UsageError as damage:
            damages.append(str(damage))
            continue
        if damages:
            print_rank_zero(f"warning: {damages[0]}; going on from {file.name}, step {step:,}")
        return str(file)
    if damages:
        raise UsageError(f"{'; '.join(damages)}: no checkpoint is left to go on from; remove {path} to begin anew")
    return None


def _step_of(checkpoint: str | Path) -> int:
    from gan_lightning.run.checkpoint_io import AtomicCheckpointIO

    return int(AtomicCheckpointIO().load_checkpoint(checkpoint).get("global_step", 0))


def _refuse_another(path: Path, config: Mapping[str, Any]) -> None:
    if not (path / CONFIG).exists():
        return
    begun = flatten_config(OmegaConf.load(path / CONFIG))
    now = flatten_config(OmegaConf.create(OmegaConf.to_yaml(OmegaConf.create(dict(config)))))
    for key in [*begun, *(key for key in now if key not in begun)]:
        if begun.get(key) != now.get(key) and not any(
            key == free or key.startswith(f"{free}.") for free in MAY_CHANGE_ON_RESUME
        ):
            raise UsageError(
                f"{relative_to_cwd(path)} was begun with {key}={begun.get(key)}, not {now.get(key)}: go on with its "
                f"own config (run={relative_to_cwd(path)}), or choose another directory (hydra.run.dir=...)"
            )


def flatten_config(node: Any, prefix: str = "") -> dict[str, Any]:
    """Dotted key → value of everything in a config; lists are values."""
    plain = OmegaConf.to_container(node) if OmegaConf.is_config(node) else node
    if not isinstance(plain, dict) or not plain:
        return {prefix: plain}
    below = [flatten_config(inner, ".".join(filter(None, (prefix, str(key))))) for key, inner in plain.items()]
    return {name: value for part in below for name, value in part.items()}


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


def _let_go() -> None:
    # A process that prepares data outlives a killed run by seconds, and must not hold its lock.
    for handle in _locks:
        os.close(handle)
    _locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
