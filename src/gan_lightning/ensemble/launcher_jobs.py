"""The jobs of a sweep, trained in this process."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, JobStatus, run_job
from hydra.types import HydraContext
from omegaconf import DictConfig, open_dict

from gan_lightning.callback.stop_signals import StoppedBySignal
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import resolve_and_validate
from gan_lightning.core import console
from gan_lightning.core.errors import UsageError
from gan_lightning.ensemble.scheduler import Member, train_all
from gan_lightning.sweep import job
from gan_lightning.train import train


@dataclass
class Job:
    """One of them: what became of it, and its checked config where it is to be played."""

    outcome: job.JobResult
    directory: Path
    optimized_metric: str | None
    config: TrainConfig | None = None

    def __call__(self, member: Member, shown: bool) -> None:
        """Plays it."""
        assert self.config is not None
        # Many progress bars would write over each other; the summary is the sweep's.
        train(self.config, extra_callbacks=[member], exclude={"summary"} if shown else {"summary", "progress"})


def launch(
    context: HydraContext, config: DictConfig, overrides: Sequence[Sequence[str]], first: int
) -> Sequence[JobReturn]:
    """Trains the jobs of these overrides, the first of which is number `first` of its sweep."""
    sweep = Path(config.hydra.sweep.dir)
    returns = [_prepared(context, config, list(given), first + n) for n, given in enumerate(overrides)]
    jobs: list[Job] = [done.return_value for done in returns]
    runs = [one for one in jobs if one.config is not None]
    if runs:
        console.print_rank_zero(f"{len(runs)} runs, side by side; the figures are those of {runs[0].directory.name}")
        console.silence_libraries()
        os.environ |= {console.SWEEP: sweep.name, "WANDB_RUN_GROUP": os.environ.get("WANDB_RUN_GROUP", sweep.name)}
        members = train_all([_run(one, one is runs[0]) for one in runs], lambda: _asked(sweep / job.STOP))
        for one, member in zip(runs, members, strict=True):
            one.outcome |= _ended(member.error)
    for done, one in zip(returns, jobs, strict=True):
        try:
            done.return_value = job.finish_job(one.directory, one.outcome, one.optimized_metric)
        except job.JobFailed as error:
            done.return_value, done.status = error, JobStatus.FAILED
    return returns


def _prepared(context: HydraContext, config: DictConfig, overrides: list[str], number: int) -> JobReturn:
    own = context.config_loader.load_sweep_config(config, overrides)
    with open_dict(own):
        own.hydra.job.id = own.hydra.job.num = number
    return run_job(_job, own, "hydra.sweep.dir", "hydra.sweep.subdir", context)


def _job(config: DictConfig) -> Job:
    one = Job(job.start_job(config), Path(config.run_dir), config.optimized_metric)
    if one.outcome["status"] == "running":
        try:
            one.config = TrainConfig(**resolve_and_validate(config, TrainConfig) | {"resume": config.resume or "auto"})
            _refuse_devices(one.config.trainer)
        except UsageError as error:
            one.outcome |= {"status": "failed", "message": str(error)}
    return one


def _refuse_devices(trainer: dict[str, Any]) -> None:
    # Before anything is built: ranks would be started by typing the whole sweep again.
    devices = trainer.get("devices", 1)
    if trainer.get("num_nodes", 1) > 1 or not (devices == 1 or (isinstance(devices, list) and len(devices) == 1)):
        raise UsageError(f"trainer.devices={devices}: an ensemble trains on one device; use another launcher")


def _run(one: Job, shown: bool) -> Callable[[Member], None]:
    return lambda member: one(member, shown)


def _asked(stop: Path) -> int:
    return signal.Signals[stop.read_text()] if stop.exists() else 0


def _ended(error: BaseException | None) -> Any:
    if error is None:
        return {"status": "finished"}
    if isinstance(error, StoppedBySignal):
        return job.STOPPED
    if isinstance(error, UsageError):
        console.print_rank_zero(f"error: {error}")
        return {"status": "failed", "message": str(error)}
    traceback.print_exception(error, file=sys.stderr)
    return {"status": "failed", "message": f"{type(error).__name__}: {error}"}
