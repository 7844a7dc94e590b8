"""The jobs of a sweep, trained in this process as ensembles."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, JobStatus, run_job
from hydra.types import HydraContext, TaskFunction
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
    """A job of the sweep with its result, and with its checked config if it is to be trained."""

    result: job.JobResult
    directory: Path
    optimized_metric: str | None
    config: TrainConfig | None = None

    def run(self, progress: bool, member: Member) -> None:
        """Trains it as a member, with a progress bar or without."""
        assert self.config is not None
        # The sweep prints one summary of its own.
        train(self.config, extra_callbacks=[member], exclude={"summary"} if progress else {"summary", "progress"})


def launch(
    context: HydraContext, task: TaskFunction, config: DictConfig, overrides: Sequence[Sequence[str]], first: int
) -> Sequence[JobReturn]:
    """Trains the jobs of these overrides, the first of which is number `first` of its sweep.

    Raises:
        SystemExit: after a line; `task`, the program's function, does not call `gan_lightning.train.run` once in each.
    """
    sweep = Path(config.hydra.sweep.dir)
    jobs: list[Job] = []
    with job.jobs_given_to(lambda own: jobs.append(_job(own))):
        returns = [_prepared(context, task, config, list(own), first + n) for n, own in enumerate(overrides)]
    for done in returns:
        _ = done.return_value  # raises what the program raised
    if len(jobs) != len(returns):
        times = f"{len(returns)} jobs called gan_lightning.train.run {len(jobs)} times"
        console.print_rank_zero(f"error: {times}: call it once in each")
        raise SystemExit(1)
    runs = [one for one in jobs if one.config is not None]
    if runs:
        console.print_rank_zero(f"{len(runs)} runs, side by side; the metrics are those of {runs[0].directory.name}")
        console.silence_libraries()
        os.environ |= {console.SWEEP: sweep.name, "WANDB_RUN_GROUP": os.environ.get("WANDB_RUN_GROUP", sweep.name)}
        members = train_all([partial(one.run, one is runs[0]) for one in runs], partial(_signal, sweep / job.STOP))
        for one, member in zip(runs, members, strict=True):
            one.result |= _result(member.error)
    for done, one in zip(returns, jobs, strict=True):
        try:
            done.return_value = job.finish_job(one.directory, one.result, one.optimized_metric)
        except job.JobFailed as error:
            done.return_value, done.status = error, JobStatus.FAILED
    return returns


def _prepared(
    context: HydraContext, task: TaskFunction, config: DictConfig, overrides: list[str], number: int
) -> JobReturn:
    own = context.config_loader.load_sweep_config(config, overrides)
    with open_dict(own):
        own.hydra.job.id = own.hydra.job.num = number
    return run_job(task, own, "hydra.sweep.dir", "hydra.sweep.subdir", context)


def _job(config: DictConfig) -> Job:
    one = Job(job.start_job(config), Path(config.run_dir), config.optimized_metric)
    if one.result["status"] == "running":
        try:
            checked = TrainConfig(**resolve_and_validate(config, TrainConfig) | {"resume": config.resume or "auto"})
            _check_one_device(checked.trainer)
            one.config = checked
        except UsageError as error:
            one.result |= {"status": "failed", "message": str(error)}
    return one


def _check_one_device(trainer: dict[str, Any]) -> None:
    # Before anything is built: further ranks would be started by the command of the whole sweep.
    devices = trainer.get("devices", 1)
    if trainer.get("num_nodes", 1) > 1 or not (devices == 1 or (isinstance(devices, list) and len(devices) == 1)):
        raise UsageError(f"trainer.devices={devices}: an ensemble trains on one device; use another launcher")


def _signal(stop: Path) -> int:
    return signal.Signals[stop.read_text()] if stop.exists() else 0


def _result(error: BaseException | None) -> Any:
    if error is None:
        return {"status": "finished"}
    if isinstance(error, StoppedBySignal):
        return job.STOPPED
    if isinstance(error, UsageError):
        console.print_rank_zero(f"error: {error}")
        return {"status": "failed", "message": str(error)}
    traceback.print_exception(error, file=sys.stderr)
    return {"status": "failed", "message": f"{type(error).__name__}: {error}"}
