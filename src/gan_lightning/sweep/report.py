"""Multirun as a whole: it can be broken off and typed again, and says in the end what became of its jobs."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from gan_lightning.core.console import exit_with_error, print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.signals import EXIT_TEMPFAIL, SIGNALS
from gan_lightning.distributed.environment import external_world_size
from gan_lightning.sweep.job import JOB, STOP, JobFailed, JobResult
from gan_lightning.sweep.names import COMMON

_begun: list[Path] = []  # the sweep that this process conducts


class SweepCallback(Callback):
    """Told by Hydra, in the process that conducts a sweep, that it begins."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Signals end the sweep from now on.

        Raises:
            SystemExit: started by torchrun or the like, which would start the whole sweep many times; or a sweeper that
            waits for values gets none.
        """
        # Hydra swallows what its callbacks raise, unless it ends the program.
        if external_world_size() > 1:
            exit_with_error(UsageError("a sweep starts the ranks of each run itself: type it without torchrun or srun"))
        if config.optimized_metric is None and "optuna" in config.hydra.sweeper._target_:
            exit_with_error(
                UsageError("Optuna needs a figure to optimize: give optimized_metric=..., a column of metrics.csv")
            )
        sweep = Path(config.hydra.sweep.dir)
        sweep.mkdir(parents=True, exist_ok=True)
        (sweep / STOP).unlink(missing_ok=True)
        for old in sweep.glob(f"*/{JOB}"):
            old.unlink()
        _begun.append(sweep)
        os.environ[COMMON] = json.dumps(list(config.hydra.overrides.task))
        for one in SIGNALS:
            signal.signal(one, _ask)


def _ask(signum: int, frame: Any) -> None:
    stop = _begun[-1] / STOP
    if stop.exists() and signum == signal.SIGINT:
        raise KeyboardInterrupt
    print_rank_zero("\nstopping the sweep: runs end after their step, with a checkpoint")
    stop.write_text(signal.Signals(signum).name)


@contextmanager
def report_on_exit() -> Iterator[None]:
    """Says in the end what became of the jobs of a sweep, if one began inside the `with`.

    Raises:
        SystemExit: 1 if a job failed; 75 if the sweep or one of its jobs was stopped, unless by Ctrl-C.
    """
    try:
        with suppress(JobFailed):
            yield
    finally:
        failure = _report()
    if failure:
        raise SystemExit(failure)


def _report() -> int:
    """Says what became of the sweep's jobs; the exit code."""
    if not _begun:
        return 0
    sweep = _begun.pop()
    stop = sweep / STOP
    signalled = stop.read_text() if stop.exists() else None
    stop.unlink(missing_ok=True)
    outcomes: list[JobResult] = [json.loads(path.read_text()) for path in sweep.glob(f"*/{JOB}")]
    outcomes.sort(key=lambda outcome: outcome["number"])
    for outcome in outcomes:
        if outcome["status"] == "running":
            outcome |= {"status": "failed", "message": "its worker is gone"}
    for line in report(sweep, outcomes):
        print_rank_zero(line)
    if signalled == "SIGINT":
        return 0
    states = {outcome["status"] for outcome in outcomes}
    if "failed" in states and not signalled:
        return 1
    return EXIT_TEMPFAIL if signalled or "stopped" in states else 0


def report(sweep: Path, outcomes: list[JobResult]) -> list[str]:
    """What became of the jobs, a line for the sweep and one for each that is not finished."""
    count = {status: sum(o["status"] == status for o in outcomes) for status in ("finished", "failed", "stopped")}
    lines = [
        "",
        f"{relative_to_cwd(sweep)}: " + ", ".join(f"{n} {status}" for status, n in count.items() if n),
    ]
    for outcome in outcomes:
        if outcome["status"] != "finished":
            what = " ".join(outcome["overrides"])
            lines.append(f"  #{outcome['number']} {what}: {outcome['status']} ({outcome['message']})")
    if len(lines) > 2:
        lines.append("the same command again skips what is finished and goes on with the rest")
    return lines
