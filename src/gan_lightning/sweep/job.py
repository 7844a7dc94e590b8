"""One job of a sweep: a run of its own, in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from multiprocessing import parent_process
from pathlib import Path
from typing import IO, Any, TypedDict

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from gan_lightning.config.command_line import quote
from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.console import SWEEP
from gan_lightning.core.errors import UsageError
from gan_lightning.core.signals import EXIT_TEMPFAIL
from gan_lightning.run import directory as run_directory
from gan_lightning.sweep.forward_signals import forward_signals_to_child
from gan_lightning.sweep.names import swept_overrides

JOB, STOP, OUTPUT = "job.json", "stop", "output.txt"

# What the processes of one run, or of a SLURM step, tell each other must not reach another run.
_RANKS = ("LOCAL_RANK", "NODE_RANK", "RANK", "GROUP_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "PL_GLOBAL_SEED")
_RANK_PREFIXES = ("MASTER_", "TORCHELASTIC_", "GAN_LIGHTNING_", "SLURM_")


class JobFailed(Exception):
    """A job of a sweep did not reach its last step, and its sweeper waits for a value."""


class JobResult(TypedDict):
    """What became of a job.

    Attributes:
        status: running, finished, failed or stopped.
        number: among the jobs of the sweep.
        overrides: that tell it from the others.
        message: why it did not finish.
    """

    status: str
    number: int
    overrides: list[str]
    message: str


STOPPED: Any = {"status": "stopped", "message": "by a signal"}


def is_job() -> bool:
    """Whether Hydra calls for one job of a sweep."""
    return not OmegaConf.is_missing(HydraConfig.get().job, "num")


def run(config: DictConfig) -> float | None:
    """Runs one job in a process of its own, or skips one that is finished.

    Args:
        config: the job's, as composed.

    Returns:
        The last value of the figure `optimized_metric`; None where nobody asked for one.

    Raises:
        JobFailed: there is none, since the job was refused, crashed or was stopped.
    """
    hydra = HydraConfig.get()
    directory, outcome = Path(config.run_dir), start_job(config)
    if outcome["status"] == "running":
        code, message = _run_subprocess(Path(hydra.sweep.dir), directory, list(hydra.overrides.task))
        if code not in (0, EXIT_TEMPFAIL):
            outcome |= {"status": "failed", "message": message or f"exit code {code}"}
        elif run_directory.result(directory) is None:
            outcome |= STOPPED
        else:
            outcome |= {"status": "finished"}
    return finish_job(directory, outcome, config.optimized_metric)


def start_job(config: DictConfig) -> JobResult:
    """What is to become of a job, noted in its directory: it is running where it is to be played now.

    Args:
        config: the job's, as composed.
    """
    hydra = HydraConfig.get()
    outcome = JobResult(
        status="running", number=hydra.job.num, overrides=swept_overrides(hydra.overrides.task), message=""
    )
    if (Path(hydra.sweep.dir) / STOP).exists():
        return outcome | {"status": "stopped", "message": "not begun"}
    composed: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
    try:
        if run_directory.is_finished(composed | {"resume": config.resume or "auto"}):
            return outcome | {"status": "finished"}
    except UsageError as error:
        return outcome | {"status": "failed", "message": str(error)}
    _write_result(Path(config.run_dir), outcome)
    return outcome


def finish_job(directory: Path, outcome: JobResult, optimized_metric: str | None) -> float | None:
    """Notes what became of a job.

    Returns:
        The last value of the figure `optimized_metric`; None where nobody asked for one.

    Raises:
        JobFailed: somebody asked, and the job is not finished.
    """
    _write_result(directory, outcome)
    if optimized_metric is None:
        return None
    if outcome["status"] != "finished":
        raise JobFailed(outcome["message"])
    return float((run_directory.result(directory) or {})["optimized_metric"])


def _run_subprocess(sweep: Path, directory: Path, overrides: list[str]) -> tuple[int, str]:
    """The exit code and the last line of what was wrong."""
    given = {o.partition("=")[0].lstrip("+") for o in overrides}
    own = [] if "resume" in given else ["resume=auto"]
    command = [sys.executable, "-m", "gan_lightning.train", *overrides, *own, f"hydra.run.dir={quote(directory)}"]
    environment = {k: v for k, v in os.environ.items() if k not in _RANKS and not k.startswith(_RANK_PREFIXES)}
    environment |= {SWEEP: sweep.name, "WANDB_RUN_GROUP": os.environ.get("WANDB_RUN_GROUP", sweep.name)}
    # Side by side, jobs would write over each other on the terminal.
    output = (directory / OUTPUT).open("a") if parent_process() is not None else None
    with forward_signals_to_child() as waited_for:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.PIPE, text=True)
        waited_for.append(process)
        assert process.stderr is not None
        lines: list[str] = []
        reader = threading.Thread(target=_pass_on, args=(process.stderr, output or sys.stderr, lines), daemon=True)
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
        output.close()
    wrong = [line for line in lines if line.startswith("error")] or lines
    return code, wrong[-1].removeprefix("error: ") if wrong else ""


def _pass_on(source: IO[str], target: IO[str], lines: list[str]) -> None:
    for line in source:
        target.write(line)
        target.flush()
        lines[:] = [*lines[-20:], line.strip()] if line.strip() else lines


def _write_result(directory: Path, outcome: JobResult) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    write_text(directory / JOB, json.dumps(outcome, indent=2) + "\n")
