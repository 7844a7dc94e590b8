"""Cases run in forked children of a process that has everything imported: a crash or a hang ends one case only."""

from __future__ import annotations

import faulthandler
import io
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TypeVar

Case = TypeVar("Case")

MEMORY = 6 * 2**30  # bytes of address space that a child may add
FILE = 2 * 2**30  # bytes of one file that it may write


@dataclass(frozen=True)
class Ended:
    """A program that has ended.

    Attributes:
        code: exit code; negative: the signal that killed it.
        stdout: all that it printed there.
        stderr: all that it printed there.
        stopped: True if it had to be stopped at its time limit.
    """

    code: int
    stdout: str
    stderr: str
    stopped: bool = False


def run_program(command: str, argv: Sequence[str], directory: Path, limit: float, *, encoding: str = "utf-8") -> Ended:
    """Calls main() of a command in a child, in `directory`; at `limit` seconds it gets SIGTERM, 15 later SIGKILL.

    Args:
        command: its module, such as gan_lightning.train.
        argv: arguments, without the program.
        directory: its working directory.
        limit: seconds until SIGTERM.
        encoding: of its console.
    """
    with tempfile.TemporaryDirectory() as folder:
        printed = [Path(folder, name) for name in ("stdout", "stderr")]
        end = time.monotonic() + limit
        child = os.fork()
        if not child:
            _run_main(command, argv, directory, printed, encoding)
        code = _wait(child, end)
        stopped = code is None
        if stopped:
            os.kill(child, signal.SIGTERM)
            code = _wait(child, time.monotonic() + 15)
        _kill_group(child)
        if code is None:
            code = _wait(child, time.monotonic() + 15)
        code = -signal.SIGKILL if code is None else code
        stdout, stderr = (file.read_bytes().decode(encoding, "replace") for file in printed)
        return Ended(code, stdout, stderr, stopped)


def run_or_fail(command: str, argv: Sequence[str], directory: Path) -> None:
    """Runs a command that must succeed.

    Raises:
        RuntimeError: it failed.
    """
    ended = run_program(command, argv, directory, 120)
    if ended.code:
        raise RuntimeError(f"{command} {' '.join(argv)} failed:\n{ended.stderr}")


def _run_main(command: str, argv: Sequence[str], directory: Path, printed: Sequence[Path], encoding: str) -> None:
    code = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for stream, file in enumerate(printed, start=1):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), stream)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        _begin_anew()
        os.chdir(directory)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w"), encoding=encoding, write_through=True)
        sys.stderr = io.TextIOWrapper(
            io.FileIO(2, "w"), encoding=encoding, errors="backslashreplace", write_through=True
        )
        module = sys.modules["__main__"] = import_module(command)  # launchers of further processes start this again
        sys.argv = [str(module.__file__), *argv]
        code = _exit_code(module.main)
    finally:
        os._exit(code)


def _exit_code(main: Callable[[], object]) -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def run_cases(
    check: Callable[[Case], str], cases: Sequence[Case], limit: float, directory: Path
) -> Iterator[tuple[Case, str]]:
    """Every case with what was wrong with it ("" if nothing): `check`'s answer, its exception, a crash or a hang.

    Args:
        check: is called in a child that it shares with many cases.
        cases: in order.
        limit: seconds for one case.
        directory: of a file for messages of crashes.
    """
    done = 0
    while done < len(cases):
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            _check_all(check, cases[done:], writer, directory / "crash.txt")
        os.close(writer)
        lines = b""
        while True:
            ready, _, _ = select.select([reader], [], [], limit)
            part = os.read(reader, 1 << 16) if ready else b""
            lines += part
            *whole, lines = lines.split(b"\n")
            for line in whole:
                yield cases[done], json.loads(line)
                done += 1
            if not part:
                break
        os.close(reader)
        _kill_group(child)
        code = _wait(child, time.monotonic() + 15)
        if done < len(cases):
            crash = (directory / "crash.txt").read_text(errors="replace") if (directory / "crash.txt").exists() else ""
            yield cases[done], f"no answer within {limit:g} s" if ready == [] else f"exit code {code}\n{crash}"
            done += 1


def _check_all(check: Callable[[Case], str], cases: Sequence[Case], writer: int, crash: Path) -> None:
    try:
        os.setsid()
        _begin_anew()
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        with crash.open("w") as file:
            faulthandler.enable(file)
            for case in cases:
                try:
                    wrong = check(case)
                except BaseException:
                    wrong = traceback.format_exc()
                os.write(writer, json.dumps(wrong[-4000:]).encode() + b"\n")
    finally:
        os._exit(0)


def _begin_anew() -> None:
    """Begins as a program does: no filters of warnings (of pytest, for one), 100 columns; with limits."""
    warnings.resetwarnings()
    os.environ["COLUMNS"] = "100"
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else None
    if pages is not None:
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def _wait(child: int, until: float) -> int | None:
    """Its exit code (negative: a signal), None if it still runs."""
    pause = 0.002
    while True:
        try:
            ended, status = os.waitpid(child, os.WNOHANG)
        except ChildProcessError:
            return None
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            return None
        time.sleep(pause)
        pause = min(0.1, 1.5 * pause)


def _kill_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
