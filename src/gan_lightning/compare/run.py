"""Run directories, read back: config, metrics, scores, state."""

from __future__ import annotations

import functools
import importlib
import os
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gan_lightning import loss
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.json_file import read_object
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.logger.csv import read
from gan_lightning.metric import report
from gan_lightning.metric.provenance import TrainingProvenance
from gan_lightning.metric.registry import register, scores_in
from gan_lightning.metric.score import Score
from gan_lightning.plot.picture_file import is_whole
from gan_lightning.run import directory as run_directory
from gan_lightning.run.stored_config import leaves, read_stored_config
from gan_lightning.sweep.job import JOB

_METRIC = "callback.score.metric."


@dataclass(frozen=True, eq=False)
class Run:
    """One run.

    Attributes:
        directory: of the run.
        config: dotted key → value; empty for a job that has not started.
        rows: of `metrics.csv`.
        scores: by name.
        trouble: the reason why it is not finished; empty for a finished run.
        typed: overrides of a sweep's job, key → value.
    """

    directory: Path
    config: Mapping[str, Any]
    rows: list[dict[str, float]]
    scores: Mapping[str, Score]
    trouble: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def seed(self) -> Any:
        """The seed of everything random in it."""
        return self.config.get("seed")

    @property
    def estimate(self) -> str | None:
        """The column of its rows that holds the divergence estimated by its loss."""
        columns = dict.fromkeys(name for row in self.rows for name in row)
        own = (name for name in columns if f"{name}_mean" in columns or f"val_{name}" in columns)  # of a loss outside
        return next((name for name in (*estimates(), *own) if name in columns and name != "critic_loss"), None)

    @property
    def picture(self) -> Path | None:
        """The last whole image of samples."""
        found = [p for p in (self.directory / "samples").glob("step_*.png") if p.stem.split("_")[1].isdigit()]
        latest = sorted(found, key=lambda path: int(path.stem.split("_")[1]), reverse=True)
        return next(filter(is_whole, latest), None)


@functools.cache
def estimates() -> tuple[str, ...]:
    """The names of all divergences that losses estimate."""
    names = [found.name for found in pkgutil.iter_modules(loss.__path__)]
    modules = [importlib.import_module(f"{loss.__name__}.{name}") for name in names]
    named = (getattr(thing, "divergence_name", None) for module in modules for thing in vars(module).values())
    return tuple(sorted({name for name in named if isinstance(name, str)}))


def find(places: Iterable[Path]) -> list[Run]:
    """The runs in these directories, each a run's own or one with runs somewhere below.

    Raises:
        UsageError: a place does not exist or holds no run, or the files of none can be read.
    """
    found: dict[Path, None] = {}
    for place in places:
        if not place.is_dir():
            raise UsageError(
                f"{place} is not a directory: give directories of runs or of sweeps, such as multirun/NAME"
            )
        below = list(_below(place))
        if not below:
            raise UsageError(f"{place} holds no run: none of its directories has a {run_directory.CONFIG}")
        found |= dict.fromkeys(path.resolve() for path in below)
    runs, damages = [], []
    for path in found:
        try:
            runs.append(run(path))
        except UsageError as error:
            damages.append(error)
            runs.append(Run(path, {}, [], {}, f"damaged: {error}"))
    if len(damages) == len(runs):
        raise damages[0]
    return runs


def run(directory: Path) -> Run:
    """The run in this directory.

    Raises:
        UsageError: its files can't be read, or are not a run's.
    """
    job = _json(directory / JOB)
    typed = dict(str(o).lstrip("+").partition("=")[::2] for o in job.get("overrides", ()))
    failure = f"{job['status']}: {job['message']}" if job.get("status") in ("failed", "stopped") else ""
    if not (directory / run_directory.CONFIG).exists():
        return Run(directory, typed, [], {}, failure or "not begun", typed)
    config = _config(directory / run_directory.CONFIG)
    rows = read(directory / run_directory.METRICS)
    trouble = ""
    result = _json(directory / run_directory.RESULT)
    register(better if isinstance(better := result.get("better"), dict) else {})
    if not result:
        last = int(rows[-1]["step"]) if rows else 0
        trouble = f"{failure or 'not finished'} (step {last:,} of {config.get('trainer.max_steps', 0):,})"
    evaluated = directory / report.NAME
    scores = _by_name(report.read(evaluated)) if evaluated.is_file() else _by_name(_training_scores(config, rows))
    return Run(directory, config, rows, scores, trouble, typed)


def _below(place: Path) -> Iterator[Path]:
    if (place / run_directory.CONFIG).is_file() or (place / JOB).is_file():
        yield place
        return
    with os.scandir(place) as entries:
        folders = sorted((e.name for e in entries if e.is_dir(follow_symlinks=False)), key=_natural)
    for folder in folders:
        yield from _below(place / folder)


def _natural(name: str) -> list[tuple[int, str]]:
    """2_seed=0 before 10_seed=0."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _config(path: Path) -> dict[str, Any]:
    flat = dict(leaves(read_stored_config(path), into_lists=False))
    config = {key: value for key, value in flat.items() if value != {}}
    if "objective._target_" not in config:
        raise UsageError(f"{path} is not the config of a run: it has no objective")
    return config


def _json(path: Path) -> dict[str, Any]:
    """A side file; empty where there is none. A damaged one is named, and counts as none."""
    found = read_object(path) if path.exists() else {}
    if found is None:
        print_rank_zero(f"warning: {relative_to_cwd(path)} is damaged and not read")
    return found or {}


def _by_name(scores: list[Score]) -> dict[str, Score]:
    return {score.name: score for score in scores}


def _training_scores(config: Mapping[str, Any], rows: list[dict[str, float]]) -> list[Score]:
    """The last scores of training. They compare where data and metric are configured alike."""
    last = next((row for row in reversed(rows) if scores_in(row)), None)
    if last is None:
        return []
    skipped = {f"data.{key}" for key in ("batch_size", "num_workers", "cache", "in_memory_mb", "device")}
    skipped.add(f"{_METRIC}n_fake_evaluation")
    kept = {key: config[key] for key in config if key.startswith(("data.", _METRIC)) and key not in skipped}
    provenance = TrainingProvenance(kept)
    return [Score(name, last[name], provenance=provenance, step=int(last["step"])) for name in scores_in(last)]
