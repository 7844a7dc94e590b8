"""Multirun: each job is a run of its own, in its own process; a sweep can be broken off and typed again."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import parent_process
from pathlib import Path
from typing import IO, Any, TypedDict

from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from gan_lightning.runtime import rundir
from gan_lightning.runtime.arguments import quoted
from gan_lightning.runtime.console import SWEEP, refuse, say
from gan_lightning.runtime.refusal import Refusal

JOB, STOP, OUTPUT = "job.json", "stop", "output.txt"
_COMMON = "GAN_LIGHTNING_COMMON"  # the overrides of the whole command, for the processes of its jobs to read

# What the processes of one run, or of a SLURM step, tell each other must not reach another run.
_RANKS = ("LOCAL_RANK", "NODE_RANK", "RANK", "GROUP_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "PL_GLOBAL_SEED")
_RANK_PREFIXES = ("MASTER_", "TORCHELASTIC_", "GAN_LIGHTNING_", "SLURM_")


class JobFailed(Exception):
    """A job of a sweep did not reach its last round, and its sweeper waits for a value."""


class Outcome(TypedDict):
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


def is_job() -> bool:
    """Whether Hydra calls for one job of a sweep."""
    return not OmegaConf.is_missing(HydraConfig.get().job, "num")


def job(config: DictConfig) -> float | None:
    """Runs one job in a process of its own, or skips one that is finished.

    Args:
        config: the job's, as composed.

    Returns:
        The last value of the figure `optimize`; None where nobody asked for one.

    Raises:
        JobFailed: there is none, since the job was refused, crashed or was stopped.
    """
    hydra = HydraConfig.get()
    sweep, directory = Path(hydra.sweep.dir), Path(config.run_dir)
    outcome = Outcome(status="running", number=hydra.job.num, overrides=varied(hydra.overrides.task), message="")
    outcome |= _outcome(sweep, directory, config, list(hydra.overrides.task), outcome)
    _note(directory, outcome)
    if config.optimize is None:
        return None
    if outcome["status"] != "finished":
        raise JobFailed(outcome["message"])
    return float((rundir.result(directory) or {})["optimize"])


def _outcome(sweep: Path, directory: Path, config: DictConfig, overrides: list[str], outcome: Outcome) -> Outcome:
    if (sweep / STOP).exists():
        return outcome | {"status": "stopped", "message": "not begun"}
    composed: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
    try:
        finished = rundir.is_finished(composed | {"resume": config.resume or "auto"})
    except Refusal as error:
        return outcome | {"status": "failed", "message": str(error)}
    if not finished:
        _note(directory, outcome)
        code, message = _run(sweep, directory, overrides)
        if code not in (0, 75):
            return outcome | {"status": "failed", "message": message or f"exit code {code}"}
        if rundir.result(directory) is None:
            return outcome | {"status": "stopped", "message": "by a signal"}
    return outcome | {"status": "finished"}


def _run(sweep: Path, directory: Path, overrides: list[str]) -> tuple[int, str]:
    """The exit code and the last line of what was wrong."""
    given = {o.partition("=")[0].lstrip("+") for o in overrides}
    own = [] if "resume" in given else ["resume=auto"]
    command = [sys.executable, "-m", "gan_lightning.train", *overrides, *own, f"hydra.run.dir={quoted(directory)}"]
    environment = {k: v for k, v in os.environ.items() if k not in _RANKS and not k.startswith(_RANK_PREFIXES)}
    environment |= {SWEEP: sweep.name, "WANDB_RUN_GROUP": os.environ.get("WANDB_RUN_GROUP", sweep.name)}
    # Side by side, jobs would write over each other on the terminal.
    output = (directory / OUTPUT).open("a") if parent_process() is not None else None
    with _deaf_to_ctrl_c():
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.PIPE, text=True)
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


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Ctrl-C reaches all processes of a terminal; a worker must outlive its job, which ends by itself."""
    if parent_process() is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _note(directory: Path, outcome: Outcome) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    beside = directory / f".{JOB}.writing"
    beside.write_text(json.dumps(outcome, indent=2) + "\n")
    os.replace(beside, directory / JOB)


# ---- the sweep as a whole -------------------------------------------------------------------------------------------

_begun: list[Path] = []  # the sweep that this process conducts


class Begin(Callback):
    """Told by Hydra, in the process that conducts a sweep, that it begins."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Signals end the sweep from now on.

        Raises:
            SystemExit: started by torchrun or the like, which would start the whole sweep many times; or a sweeper that
            waits for values gets none.
        """
        # Hydra swallows what its callbacks raise, unless it ends the program.
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            refuse(Refusal("a sweep starts the ranks of each run itself: type it without torchrun"))
        if config.optimize is None and "optuna" in config.hydra.sweeper._target_:
            refuse(Refusal("Optuna needs a figure to optimize: give optimize=..., a column of metrics.csv"))
        sweep = Path(config.hydra.sweep.dir)
        sweep.mkdir(parents=True, exist_ok=True)
        (sweep / STOP).unlink(missing_ok=True)
        for old in sweep.glob(f"*/{JOB}"):
            old.unlink()
        _begun.append(sweep)
        os.environ[_COMMON] = json.dumps(list(config.hydra.overrides.task))
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, _ask)


def _ask(signum: int, frame: Any) -> None:
    stop = _begun[-1] / STOP
    if stop.exists() and signum == signal.SIGINT:
        raise KeyboardInterrupt
    say("\nstopping the sweep: runs end after their round, with a checkpoint")
    stop.write_text(signal.Signals(signum).name)


@contextmanager
def reported() -> Iterator[None]:
    """Says in the end what became of the jobs of a sweep, if one began inside the `with`.

    Raises:
        SystemExit: 1 if a job failed; 75 if the sweep was stopped, 0 if by Ctrl-C.
    """
    with suppress(JobFailed):
        yield
    if not _begun:
        return
    sweep = _begun.pop()
    stop = sweep / STOP
    signalled = stop.read_text() if stop.exists() else None
    stop.unlink(missing_ok=True)
    outcomes = sorted((json.loads(p.read_text()) for p in sweep.glob(f"*/{JOB}")), key=lambda o: o["number"])
    for line in report(sweep, outcomes):
        say(line)
    if signalled:
        raise SystemExit(0 if signalled == "SIGINT" else 75)
    if any(outcome["status"] == "failed" for outcome in outcomes):
        raise SystemExit(1)


def report(sweep: Path, outcomes: list[Outcome]) -> list[str]:
    """What became of the jobs, a line for the sweep and one for each that is not finished."""
    count = {status: sum(o["status"] == status for o in outcomes) for status in ("finished", "failed", "stopped")}
    lines = ["", f"{rundir.near(sweep)}: " + ", ".join(f"{n} {status}" for status, n in count.items() if n)]
    for outcome in outcomes:
        if outcome["status"] != "finished":
            what = " ".join(outcome["overrides"])
            lines.append(f"  #{outcome['number']} {what}: {outcome['status']} ({outcome['message']})")
    if len(lines) > 2:
        lines.append("the same command again skips what is finished and goes on with the rest")
    return lines


def varied(overrides: Sequence[str]) -> list[str]:
    """Those of a job's overrides that tell it from the other jobs of its sweep; all, if none do."""
    common = json.loads(os.environ.get(_COMMON, "[]"))
    return [o for o in overrides if o not in common] or list(overrides)


def slug(text: str, longest: int = 80) -> str:
    """A directory's name for overrides: short enough for any file system, different for different ones."""
    plain = re.sub(r"[^\w.,=+-]+", "_", text)
    if plain == text and len(plain) <= longest:
        return plain
    return f"{plain[:longest]}_{hashlib.blake2b(text.encode(), digest_size=3).hexdigest()}"


def _name_of_sweep(overrides: Sequence[str]) -> str:
    swept_first = sorted(overrides, key=lambda o: not any(mark in o for mark in ",("))
    return slug("_".join(swept_first))


# The first is cached, so that each job finds its sweep under the name that the whole command gave it.
OmegaConf.register_new_resolver("name_of_sweep", _name_of_sweep, use_cache=True, replace=True)
OmegaConf.register_new_resolver("name_of_job", lambda n, o: slug(f"{n}_{'_'.join(varied(o))}"), replace=True)
