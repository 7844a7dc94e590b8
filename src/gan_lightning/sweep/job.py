"""One job of a sweep: a run in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import parent_process
from pathlib import Path
from typing import IO, Any, Literal, TypedDict

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from gan_lightning.config.drawn_seed import draw_missing_seed
from gan_lightning.config.job_config import FILE as JOB_CONFIG
from gan_lightning.config.job_config import write_job_config
from gan_lightning.config.replaced_part import leave_out_keys_of_replaced_parts
from gan_lightning.config.typed_overrides import typed_overrides
from gan_lightning.config.validate import explain_values, resolve
from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.console import SWEEP, print_error
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.output import Unfailing
from gan_lightning.core.signals import EXIT_TEMPFAIL
from gan_lightning.run import directory as run_directory
from gan_lightning.sweep.forward_signals import forward_signals_to_child
from gan_lightning.sweep.names import swept_overrides

JOB, STOP, OUTPUT = "job.json", "stop", "output.txt"

# Environment variables of a distributed run or SLURM step, which must not reach another run.
_RANK_VARIABLES = ("LOCAL_RANK", "NODE_RANK", "RANK", "GROUP_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "PL_GLOBAL_SEED")
_RANK_PREFIXES = ("MASTER_", "TORCHELASTIC_", "GAN_LIGHTNING_", "SLURM_")

Status = Literal["running", "finished", "failed", "stopped"]


class JobFailed(Exception):
    """A job did not finish, and its sweeper waits for a value."""


class JobResult(TypedDict):
    """Result of a job, as in `job.json`.

    Attributes:
        status: of the job.
        number: index in the sweep.
        overrides: that differ from those of the other jobs.
        message: the reason why it did not finish.
    """

    status: Status
    number: int
    overrides: list[str]
    message: str


_taken_by: list[Callable[[DictConfig], None]] = []  # at most one
STOPPED: Any = {"status": "stopped", "message": "by a signal"}


def is_job() -> bool:
    """True if Hydra runs one job of a sweep."""
    return not OmegaConf.is_missing(HydraConfig.get().job, "num")


@contextmanager
def jobs_given_to(take: Callable[[DictConfig], None]) -> Iterator[None]:
    """Inside the `with`, `run` hands the job's config to `take`, and runs nothing."""
    _taken_by.append(take)
    try:
        yield
    finally:
        _taken_by.pop()


def run(config: DictConfig) -> float | None:
    """Runs one job in a process of its own, or skips it if it is finished.

    Args:
        config: of the job, as composed.

    Returns:
        The last value of the column `optimized_metric`; None if it is not set.

    Raises:
        JobFailed: it is set, and the job was refused, crashed or was stopped.
    """
    if _taken_by:
        _taken_by[-1](config)
        return None
    hydra = HydraConfig.get()
    result = start_job(config)
    if result["status"] == "failed":  # of a config whose values may be unreadable
        plain: Any = OmegaConf.to_container(config, resolve=False)
        return finish_job(Path(hydra.runtime.output_dir), result, plain["optimized_metric"])
    directory = Path(config.run_dir)
    if result["status"] == "running":
        code, message = _run_subprocess(Path(hydra.sweep.dir), directory, config)
        if code not in (0, EXIT_TEMPFAIL):
            result |= {"status": "failed", "message": message or f"exit code {code}"}
        elif run_directory.result(directory) is None:
            result |= STOPPED
        else:
            result |= {"status": "finished"}
    return finish_job(directory, result, config.optimized_metric)


def start_job(config: DictConfig) -> JobResult:
    """Writes `job.json` and returns its content; the status is "running" if the job is to be run now.

    Args:
        config: of the job, as composed.
    """
    hydra = HydraConfig.get()
    result = JobResult(status="running", number=hydra.job.num, overrides=swept_overrides(typed_overrides()), message="")
    if (Path(hydra.sweep.dir) / STOP).exists():
        return result | {"status": "stopped", "message": "not begun"}
    try:
        with explain_values():
            leave_out_keys_of_replaced_parts(config)
            draw_missing_seed(config)
        composed = resolve(config)
        if run_directory.is_finished(composed | {"resume": composed["resume"] or "auto"}):
            return result | {"status": "finished"}
    except UsageError as error:
        print_error(error)
        return result | {"status": "failed", "message": str(error)}
    _write_result(Path(config.run_dir), result)
    return result


def finish_job(directory: Path, result: JobResult, optimized_metric: str | None) -> float | None:
    """Writes the result of a job, and removes the config of its process.

    Returns:
        The last value of the column `optimized_metric`; None if it is not set.

    Raises:
        JobFailed: it is set, and the job is not finished.
    """
    _write_result(directory, result)
    (directory / JOB_CONFIG).unlink(missing_ok=True)  # also of a process that ended when the sweep was killed
    if optimized_metric is None:
        return None
    if result["status"] != "finished":
        raise JobFailed(result["message"])
    metrics = (run_directory.result(directory) or {"metrics": {}})["metrics"]
    if optimized_metric not in metrics:  # of a run that was finished before this was asked for
        raise JobFailed(f"optimized_metric={optimized_metric}: {did_you_mean(optimized_metric, metrics)}")
    return float(metrics[optimized_metric])


def _run_subprocess(sweep: Path, directory: Path, config: DictConfig) -> tuple[int, str]:
    """Runs a job; returns its exit code and its last error line.

    Its process gets the config as it was composed here: it composes nothing, and so can't train anything else.
    """
    argument, digest = write_job_config(directory, resolve(config) | {"resume": config.resume or "auto"})
    command = [sys.executable, "-m", "gan_lightning.train", argument]
    environment = {k: v for k, v in os.environ.items() if k not in _RANK_VARIABLES and not k.startswith(_RANK_PREFIXES)}
    environment |= digest
    # Modules beside the program that was typed are found there as here.
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (sys.path[0], os.environ.get("PYTHONPATH"))))
    environment |= {SWEEP: sweep.name, "WANDB_RUN_GROUP": os.environ.get("WANDB_RUN_GROUP", sweep.name)}
    # Parallel jobs would write over each other on the terminal.
    output = (directory / OUTPUT).open("a") if parent_process() is not None else None
    with forward_signals_to_child() as children:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.PIPE, text=True)
        children.append(process)
        assert process.stderr is not None
        lines: list[str] = []
        reader = threading.Thread(target=_copy_lines, args=(process.stderr, output or sys.stderr, lines), daemon=True)
        reader.start()
        while True:
            try:
                code = process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                if (sweep / STOP).exists():
                    process.terminate()
                    code = process.wait()
                    break
        reader.join(timeout=5)
    if output:
        with suppress(OSError):
            output.close()
    errors = [line for line in lines if line.startswith("error")] or lines
    return code, errors[-1].removeprefix("error: ") if errors else ""


def _copy_lines(source: IO[str], target: IO[str], lines: list[str]) -> None:
    unfailing = Unfailing(target)  # a job whose lines are not read would wait for ever
    with source:
        for line in source:
            unfailing.write(line)
            unfailing.flush()
            lines[:] = [*lines[-20:], line.strip()] if line.strip() else lines


def _write_result(directory: Path, result: JobResult) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    write_text(directory / JOB, json.dumps(result, indent=2) + "\n")
