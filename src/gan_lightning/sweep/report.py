"""A multirun as a whole: stopped by signals, resumed by the same command, with a report of its jobs at the end."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from gan_lightning.config.explain import explain_hydra_error
from gan_lightning.config.search_path import SearchPath
from gan_lightning.config.typed_overrides import typed_overrides
from gan_lightning.config.validate import explain_values
from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.console import exit_with_error, print_error, print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.json_file import read_object
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.signals import EXIT_TEMPFAIL, signals_to_handle
from gan_lightning.distributed.environment import external_world_size
from gan_lightning.run.claim import claim
from gan_lightning.run.remove_empty import remove_if_empty
from gan_lightning.sweep.job import JOB, STOP, JobFailed, JobResult
from gan_lightning.sweep.names import COMMON, swept_overrides

_running: list[Path] = []  # the sweep of this process
_refused: list[str] = []  # lines for its jobs that could not be composed
_claimed = ExitStack()  # its directory
_at_exit: list[bool] = []  # True in our command, which reports when it ends


class SweepCallback(Callback):
    """Hydra callback that prepares a sweep."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Creates the sweep directory and installs the signal handler.

        Raises:
            SystemExit: started by torchrun or srun, which would start the whole sweep several times; another process
                runs the sweep; or `optimized_metric` is not set and the sweeper needs values.
        """
        # Hydra ignores exceptions of its callbacks other than SystemExit.
        if external_world_size() > 1:
            exit_with_error(UsageError("a sweep starts the ranks of each run itself: type it without torchrun or srun"))
        try:
            with explain_values():
                metric, sweep = config.optimized_metric, Path(config.hydra.sweep.dir)
            if metric is None and "optuna" in config.hydra.sweeper._target_:
                raise UsageError(
                    "Optuna needs a metric to optimize: give optimized_metric=..., a column of metrics.csv"
                )
            _claimed.enter_context(claim(sweep, "is running the sweep", "hydra.sweep.dir"))
        except (UsageError, OSError) as error:
            exit_with_error(UsageError(str(error)))
        (sweep / STOP).unlink(missing_ok=True)
        for old in sweep.glob(f"*/{JOB}"):
            old.unlink()
        _running.append(sweep)
        os.environ[COMMON] = json.dumps(typed_overrides(config.hydra))
        for number in signals_to_handle():
            signal.signal(number, _stop)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Prints the report in a program of one's own.

        Raises:
            SystemExit: a job failed or was stopped.
        """
        report_now()


def report_now() -> None:
    """Prints the report of a sweep that has ended, unless our command does so when it ends.

    Raises:
        SystemExit: a job failed or was stopped.
    """
    if not _at_exit and (code := _report()):
        raise SystemExit(code)


def refuse_job(error: Exception, overrides: Sequence[str]) -> None:
    """Prints the reason why a job can't be composed, and keeps it for the report.

    Args:
        error: raised while composing.
        overrides: of the job.
    """
    search = SearchPath.of(sys.argv[1:])
    reason = error if isinstance(error, UsageError) else explain_hydra_error(error, overrides, search)
    print_error(reason)
    _refused.append(f"  {' '.join(swept_overrides(overrides))}: refused ({reason})")


def _stop(signum: int, frame: Any) -> None:
    stop = _running[-1] / STOP
    if stop.exists() and signum == signal.SIGINT:
        raise KeyboardInterrupt
    print_rank_zero("\nstopping the sweep: runs end after their step, with a checkpoint")
    write_text(stop, signal.Signals(signum).name)


@contextmanager
def report_on_exit() -> Iterator[None]:
    """Prints the report of a sweep at the end of the `with`, if one was started inside.

    Raises:
        SystemExit: 1 if a job failed; 75 if the sweep or one of its jobs was stopped, except by Ctrl-C.
    """
    _at_exit.append(True)
    try:
        with suppress(JobFailed):
            yield
    finally:
        _at_exit.pop()
        code = _report()
    if code:
        raise SystemExit(code)


def _report() -> int:
    """Prints the report; returns the exit code."""
    if not _running:
        return 0
    sweep = _running.pop()
    with _claimed:
        code = _report_of(sweep)
    remove_if_empty(str(sweep))
    return code


def _report_of(sweep: Path) -> int:
    stop = sweep / STOP
    signalled = stop.read_text() if stop.is_file() else None
    with suppress(OSError):
        stop.unlink()
    results = [_read(path) for path in sweep.glob(f"*/{JOB}")]
    results.sort(key=lambda result: result["number"])
    for result in results:
        if result["status"] == "running":
            result |= {"status": "failed", "message": "its worker is gone"}
    refused, _refused[:] = list(_refused), []
    for line in [*report(sweep, results), *refused] if results or not refused else refused:
        print_rank_zero(line)
    if not signalled and all(_is_bare(path) for path in sweep.iterdir() if path.is_dir()):
        for path in [*sweep.glob(f"*/{JOB}"), *sweep.glob("multirun.yaml")]:  # every job was refused
            path.unlink()
            remove_if_empty(str(path.parent))
    if signalled == "SIGINT":
        return 0
    states = {result["status"] for result in results}
    if ("failed" in states or refused) and not signalled:
        return 1
    return EXIT_TEMPFAIL if signalled or "stopped" in states else 0


def _is_bare(job: Path) -> bool:
    """True for the directory of a job that was refused: nothing but the record of it."""
    return [path.name for path in job.iterdir()] == [JOB] and _read(job / JOB)["status"] == "failed"


def _read(file: Path) -> JobResult:
    found = read_object(file) or {}
    try:
        return JobResult(
            status=found["status"],
            number=int(found["number"]),
            overrides=list(map(str, found["overrides"])),
            message=str(found["message"]),
        )
    except (ValueError, TypeError, KeyError):
        return JobResult(status="failed", number=-1, overrides=[file.parent.name], message=f"its {JOB} is damaged")


def report(sweep: Path, results: list[JobResult]) -> list[str]:
    """The report: a line for the sweep and one for each job that is not finished."""
    count = {
        status: sum(result["status"] == status for result in results) for status in ("finished", "failed", "stopped")
    }
    lines = [
        "",
        f"{relative_to_cwd(sweep)}: " + ", ".join(f"{n} {status}" for status, n in count.items() if n),
    ]
    for result in results:
        if result["status"] != "finished":
            overrides = " ".join(result["overrides"])
            lines.append(f"  #{result['number']} {overrides}: {result['status']} ({result['message']})")
    if len(lines) > 2:
        lines.append("the same command again skips what is finished and goes on with the rest")
    return lines
